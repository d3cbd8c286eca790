import { NativeStream } from './native-stream'

/** What {@link Changes} and {@link ChangesSet} have in common: batches for one loop. */
export abstract class BatchStream<Batch, Event>
  extends NativeStream<Batch, Event>
  implements AsyncIterable<Batch, undefined>
{
  /**
   * Iterates over the batches.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Batch, undefined> {
    return this.iterateOnce(() => this.nextBatch())
  }
}
