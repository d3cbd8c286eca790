import { type DrivebellError, stateError } from '../error'
import type { Resource } from '../resource'
import { onAbort } from '../runtime/abort'
import type { BatchOutcome, NativeChanges, NativeError, NativeOperation } from '../runtime/addon'
import { ChangeBatch } from './change-batch'

/** What a stream of changes needs of its client. @internal */
export interface ChangesOwner {
  toError(error: NativeError): DrivebellError
  /** Nothing is under way any more. */
  release(changes: Changes): void
}

const END = { done: true, value: undefined } as const

/**
 * What changes in a resource, for one `for await` loop; a second one is refused with the code
 * `ERR_DRIVEBELL_STATE`.
 *
 * A page is asked for when the batch before it was taken: memory is that of a page or two, however
 * slow the loop and however large the drive. A failure is thrown once, and ends the iteration.
 *
 * Leaving the loop ends it for good, and so do {@link Changes.close}, the call's `signal` and
 * {@link Client.close}: go on from the last checkpoint. The process is kept alive while the loop
 * waits for a batch, and not by one that is not waited for.
 */
export class Changes implements AsyncIterable<ChangeBatch, undefined> {
  /** What is watched. */
  readonly resource: Resource
  readonly #native: NativeChanges
  readonly #owner: ChangesOwner
  readonly #forget: () => void
  #waiting: NativeOperation | undefined
  /** Batches are asked for one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #iterated = false
  #over: Promise<void> | undefined

  /** @internal */
  constructor(native: NativeChanges, resource: Resource, owner: ChangesOwner, signal: AbortSignal | undefined) {
    this.#native = native
    this.resource = resource
    this.#owner = owner
    this.#forget = onAbort(signal, () => void this.close())
  }

  /**
   * Iterates over the batches.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_STATE` if there was an iteration before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChangeBatch, undefined> {
    if (this.#iterated) throw stateError('these changes are iterated over already; ask the client for others')
    this.#iterated = true
    const close = () => this.close()
    return {
      next: () => {
        const next = this.#last.then(() => this.#next())
        this.#last = next.catch(() => {})
        return next
      },
      return: async () => {
        await close()
        return END
      },
      [Symbol.asyncIterator]() {
        return this
      },
      [Symbol.asyncDispose]: close,
    } as AsyncIterableIterator<ChangeBatch, undefined>
  }

  /**
   * Ends the iteration. Resolves when nothing is under way any more, and never rejects. Closing
   * twice is fine.
   */
  close(): Promise<void> {
    this.#over ??= this.#end()
    return this.#over
  }

  /** As {@link Changes.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #next(): Promise<IteratorResult<ChangeBatch, undefined>> {
    if (this.#over) return END
    const { value, error } = await new Promise<BatchOutcome>((settle) => {
      this.#waiting = this.#native.next(settle)
    })
    // Closed meanwhile: what has come is not handed out, and that the wait was cancelled no error.
    if (this.#over) return END
    this.#waiting = undefined
    if (value) return { done: false, value: new ChangeBatch(value) }
    const failure = error && this.#owner.toError(error)
    await this.close()
    if (failure) throw failure
    return END
  }

  async #end(): Promise<void> {
    this.#forget()
    this.#waiting?.cancel()
    await new Promise((settle) => {
      // Kept, because a call that is collected is given up.
      this.#waiting = this.#native.close(settle)
    })
    this.#owner.release(this)
  }
}
