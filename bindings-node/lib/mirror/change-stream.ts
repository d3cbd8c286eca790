import { NativeStream, type NativeStreamOptions } from '../changes/native-stream'
import type { Iteration } from '../iteration'
import type { NativeMirror, NativeOperation } from '../runtime/addon'
import { Progress } from './progress'

/** A native mirror. @internal */
export interface MirrorSource extends Pick<NativeMirror, 'close' | 'events' | 'done'> {
  next(whole: boolean, settle: (outcome: object) => void): NativeOperation
}

/** Elements of one batch. */
export interface Part<Element> {
  readonly elements: readonly Element[]
  /** The batch goes on. */
  readonly more: boolean
}

/** The arguments of a {@link ChangeStream}. @internal */
export interface ChangeStreamOptions<Batch, Element>
  extends Omit<NativeStreamOptions<Part<Element>>, 'native' | 'toBatch'> {
  readonly native: MirrorSource
  /** Returns `undefined` for a part that is not delivered. */
  readonly toPart: (native: unknown) => Part<Element> | undefined
  readonly toBatch: (elements: readonly Element[]) => Batch
}

/**
 * What {@link Mirror} and {@link MirrorSet} have in common: changes for one loop, one by one or in batches.
 * They come from the addon in parts of batches.
 */
export abstract class ChangeStream<Batch, Element extends object, Event>
  extends NativeStream<Part<Element>, Event>
  implements AsyncIterable<Element>
{
  readonly #progress: Progress
  readonly #toBatch: (elements: readonly Element[]) => Batch
  readonly #mode: { whole: boolean }
  /** Of the present part, those that were not handed out. */
  #waiting: readonly Element[] = []
  /** The present batch goes on. */
  #more = false
  #row = 0
  /** The sequence of the last change that was handed out. */
  #handedOut: number | undefined

  /** @internal */
  constructor(options: ChangeStreamOptions<Batch, Element>) {
    const { native, toPart, toBatch, ...others } = options
    const mode = { whole: false }
    super({
      ...others,
      native: {
        next: (settle) => native.next(mode.whole, settle),
        events: () => native.events(),
        close: (settle) => native.close(settle),
      },
      toBatch: toPart,
    })
    this.#progress = new Progress((sequence) => native.done(sequence))
    this.#toBatch = toBatch
    this.#mode = mode
  }

  /**
   * Iterates over the changes. A change is done when the next one is asked for.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): Iteration<Element> {
    const take = () => {
      const element = this.#waiting[this.#row]
      this.#row += 1
      this.#handedOut = sequenceOf(element)
      return element
    }
    return this.iterateOnce(
      async () => {
        const part = await this.#nextPart()
        this.#waiting = part?.elements ?? []
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
  batches(): Iteration<Batch> {
    return this.iterateOnce(async () => {
      this.#mode.whole = true
      this.#progress.done(this.#handedOut)
      const part = await this.#nextPart()
      this.#handedOut = sequenceOf(part?.elements.at(-1))
      return part && this.#toBatch(part.elements)
    })
  }

  /** Notes what is done. @internal */
  protected noteDone(): void {
    this.#progress.flush()
  }

  /** Does not hand out these elements, which are not done. @internal */
  protected drop(unwanted: (element: Element) => boolean): void {
    // What follows may be of another drive.
    this.#progress.nextBatch()
    this.#more = false
    this.#waiting = this.#waiting.slice(this.#row).filter((element) => !unwanted(element))
    this.#row = 0
  }

  /** @internal */
  protected override closing(): void {
    this.noteDone()
  }

  async #nextPart(): Promise<Part<Element> | undefined> {
    if (!this.#more) this.#progress.nextBatch()
    const part = await this.nextBatch()
    this.#more = part?.more ?? false
    return part
  }
}

/** The end of a member has none. */
function sequenceOf(element: object | undefined): number | undefined {
  return (element as { sequence?: number } | undefined)?.sequence
}
