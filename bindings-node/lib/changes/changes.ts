import { stateError } from '../error'
import type { ChangesEvent } from '../event/lifecycle'
import type { ChangesState } from '../names'
import type { Owner } from '../owner'
import type { Resource } from '../resource'
import { onAbort } from '../runtime/abort'
import type { BatchOutcome, NativeChanges, NativeOperation } from '../runtime/addon'
import { run } from '../runtime/operation'
import { ChangeBatch } from './change-batch'
import { EventFeed } from './event-feed'
import { type ChangesStats, toChangesStats } from './stats'

const END = { done: true, value: undefined } as const

/**
 * The stream of changes in a resource, for one `for await` loop. A second loop is refused with
 * `ERR_DRIVEBELL_STATE`.
 *
 * It requests a page when you have taken the batch before it, so it holds a page or two in memory,
 * even with a slow loop and a large drive. An error is thrown once and ends the iteration.
 *
 * Leaving the loop ends the stream, and so do {@link Changes.close}, the call's `signal` and
 * {@link Client.close}. To continue, start another one from the last checkpoint. The process stays
 * alive while the loop waits for a batch.
 */
export class Changes implements AsyncIterable<ChangeBatch, undefined> {
  /** The resource that it is about. */
  readonly resource: Resource
  readonly #native: NativeChanges
  readonly #owner: Owner
  readonly #forgetSignal: () => void
  #operation: NativeOperation | undefined
  /** The last call of `next`: calls run one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #iterated = false
  #closed: Promise<void> | undefined
  /** Created on first use. */
  #events: EventFeed | undefined

  /** @internal */
  constructor(native: NativeChanges, resource: Resource, owner: Owner, signal: AbortSignal | undefined) {
    this.#native = native
    this.resource = resource
    this.#owner = owner
    this.#forgetSignal = onAbort(signal, () => void this.close())
  }

  /** What the stream does now; `closed` once it was closed, or has ended with an error. */
  get state(): ChangesState {
    return this.#native.state as ChangesState
  }

  /** The statistics of the stream so far; after it has ended, the last ones. */
  stats(): ChangesStats {
    return toChangesStats(this.#native.stats())
  }

  /**
   * Says that something changed, for a program that learns of it in another way, as from a webhook. The
   * stream queries as after a notification. It never blocks, and hints that come together cause one
   * query.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if the stream has ended.
   */
  hint(): void {
    const error = this.#native.hint()
    if (error) throw this.#owner.toError(error)
  }

  /**
   * Iterates over what the stream goes through: connections that begin and end, and failures with the
   * time until the next attempt. It runs beside the iteration over the batches, and does not keep the
   * process alive. `type` distinguishes the events.
   *
   * The events end with the stream; if that ends with an error, the last one is `ended`. Leaving the
   * loop does not close the stream, and loses no event: the next loop gets those that wait. Events that
   * nobody reads are merged: at most 64 wait.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if there is such an iteration already.
   */
  events(): AsyncIterableIterator<ChangesEvent, undefined> {
    if (!this.#events) {
      const feed = new EventFeed(this.#native.events(), this.resource, this.#owner)
      this.#events = feed
      void this.#closed?.then(() => feed.end())
    }
    return this.#events.iterate()
  }

  /**
   * Iterates over the batches.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChangeBatch, undefined> {
    if (this.#iterated)
      throw stateError('this stream of changes already has an iterator; call client.changes() for another')
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
   * Ends the iteration. Resolves when no request is under way any more, and never rejects. Calling it
   * twice is fine.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  /** Like {@link Changes.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #next(): Promise<IteratorResult<ChangeBatch, undefined>> {
    if (this.#closed) return END
    const { value, error } = await new Promise<BatchOutcome>((settle) => {
      this.#operation = this.#native.next(settle)
    })
    // Closed meanwhile: a batch is not delivered, and a cancelled operation is not an error.
    if (this.#closed) return END
    this.#operation = undefined
    if (value) return { done: false, value: new ChangeBatch(value) }
    const failure = error && this.#owner.toError(error)
    await this.close()
    if (failure) throw failure
    return END
  }

  async #end(): Promise<void> {
    this.#forgetSignal()
    this.#operation?.cancel()
    await run((settle) => this.#native.close(settle))
    this.#events?.end()
    this.#owner.release(this)
  }
}
