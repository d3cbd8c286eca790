import { NativeStream, type NativeStreamOptions, type Source } from '../changes/native-stream'
import { Progress } from './progress'

/** A native mirror. @internal */
export interface MirrorSource extends Source {
  done(sequence: number): void
}

/** The arguments of a {@link ChangeStream}. @internal */
export interface ChangeStreamOptions<Batch, Element> extends NativeStreamOptions<Batch> {
  readonly native: MirrorSource
  readonly elementsOf: (batch: Batch) => readonly Element[]
}

/**
 * What {@link Mirror} and {@link MirrorSet} have in common: changes for one loop, one by one or in batches.
 * They come from the addon in batches.
 */
export abstract class ChangeStream<Batch, Element extends object, Event>
  extends NativeStream<Batch, Event>
  implements AsyncIterable<Element, undefined>
{
  readonly #progress: Progress
  readonly #elementsOf: (batch: Batch) => readonly Element[]
  /** Of the present batch, those that were not handed out. */
  #waiting: readonly Element[] = []
  #row = 0
  /** The sequence of the last change that was handed out. */
  #handedOut: number | undefined

  /** @internal */
  constructor(options: ChangeStreamOptions<Batch, Element>) {
    super(options)
    this.#progress = new Progress((sequence) => options.native.done(sequence))
    this.#elementsOf = options.elementsOf
  }

  /**
   * Iterates over the changes. A change is done when the next one is asked for.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Element, undefined> {
    const take = () => {
      const element = this.#waiting[this.#row]
      this.#row += 1
      this.#handedOut = sequenceOf(element)
      return element
    }
    return this.iterateOnce(
      async () => {
        const batch = await this.#nextBatch()
        this.#waiting = batch === undefined ? [] : this.#elementsOf(batch)
        this.#row = 0
        return take()
      },
      () => {
        this.#progress.done(this.#handedOut)
        return take()
      },
    )
  }

  /**
   * Iterates over the changes in batches: all that one page of a delta query brought, and at most 1,000 at
   * a time. The changes of a batch are done when the next batch is asked for.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  batches(): AsyncIterableIterator<Batch, undefined> {
    return this.iterateOnce(async () => {
      this.#progress.done(this.#handedOut)
      const batch = await this.#nextBatch()
      this.#handedOut = batch && sequenceOf(this.#elementsOf(batch).at(-1))
      return batch
    })
  }

  /** Does not hand out these elements, which are not done. @internal */
  protected drop(unwanted: (element: Element) => boolean): void {
    this.#waiting = this.#waiting.slice(this.#row).filter((element) => !unwanted(element))
    this.#row = 0
  }

  /** @internal */
  protected override closing(): void {
    this.#progress.flush()
  }

  #nextBatch(): Promise<Batch | undefined> {
    this.#progress.nextBatch()
    return this.nextBatch()
  }
}

/** The end of a member has none. */
function sequenceOf(element: object | undefined): number | undefined {
  return (element as { sequence?: number } | undefined)?.sequence
}
