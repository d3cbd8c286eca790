import type { Iteration } from '../iteration'
import { NativeStream } from './native-stream'

/** What {@link Changes} and {@link ChangesSet} have in common: batches for one loop. */
export abstract class BatchStream<Batch, Event> extends NativeStream<Batch, Event> implements AsyncIterable<Batch> {
  /**
   * Iterates over the batches.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): Iteration<Batch> {
    return this.iterateOnce(() => this.nextBatch())
  }
}
