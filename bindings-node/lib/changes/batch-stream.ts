import { stateError } from '../error'
import type { EventContext } from '../event/event'
import type { Owner } from '../owner'
import { onAbort } from '../runtime/abort'
import type { NativeChanges, NativeError, NativeOperation } from '../runtime/addon'
import { run } from '../runtime/operation'
import { EventFeed } from './event-feed'

const END = { done: true, value: undefined } as const

interface NextOutcome {
  readonly value?: unknown
  readonly error?: NativeError
}

/** A native stream of batches. @internal */
export interface NativeBatches extends Pick<NativeChanges, 'close' | 'events'> {
  next(settle: (outcome: NextOutcome) => void): NativeOperation
}

/** The arguments of a {@link BatchStream}. @internal */
export interface BatchStreamOptions<Batch> {
  readonly native: NativeBatches
  readonly owner: Owner
  /** The method of the client that makes another one. */
  readonly method: string
  /** Returns `undefined` for a batch that is not delivered. */
  readonly toBatch: (native: unknown) => Batch | undefined
  readonly originOf: EventContext['originOf']
  readonly signal: AbortSignal | undefined
}

/**
 * What {@link Changes} and {@link ChangesSet} have in common: batches for one loop, and events for another
 * one beside it.
 */
export abstract class BatchStream<Batch, Event> implements AsyncIterable<Batch, undefined> {
  readonly #options: BatchStreamOptions<Batch>
  readonly #forgetSignal: () => void
  #operation: NativeOperation | undefined
  /** The last call of `next`: calls run one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #iterated = false
  #closed: Promise<void> | undefined
  /** Created on first use. */
  #events: EventFeed | undefined

  /** @internal */
  constructor(options: BatchStreamOptions<Batch>) {
    this.#options = options
    this.#forgetSignal = onAbort(options.signal, () => void this.close())
  }

  /**
   * Iterates over the batches.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it was iterated over before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Batch, undefined> {
    if (this.#iterated) {
      const { method } = this.#options
      throw stateError(`this stream of changes already has an iterator; call client.${method}() for another`)
    }
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
    } as AsyncIterableIterator<Batch, undefined>
  }

  /**
   * Iterates over what the stream goes through: connections that begin and end, and failures with the
   * time until the next attempt. It runs beside the iteration over the batches, and does not keep the
   * process alive. `type` distinguishes the events.
   *
   * The events end with the stream. Leaving the loop does not close the stream, and loses no event: the
   * next loop gets those that wait. Nobody has to read them: the queue is bounded, and merges events.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if there is such an iteration already.
   */
  events(): AsyncIterableIterator<Event, undefined> {
    if (!this.#events) {
      const { native, owner, originOf } = this.#options
      const feed = new EventFeed(native.events(), { originOf, toFailure: owner.toError })
      this.#events = feed
      void this.#closed?.then(() => feed.end())
    }
    return this.#events.iterate()
  }

  /**
   * Ends the iteration. Resolves when no request is under way any more, and never rejects. Calling it
   * twice is fine.
   */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  /** Like {@link BatchStream.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #next(): Promise<IteratorResult<Batch, undefined>> {
    const { native, owner, toBatch } = this.#options
    while (!this.#closed) {
      const { value, error } = await new Promise<NextOutcome>((settle) => {
        this.#operation = native.next(settle)
      })
      // Closed meanwhile: a batch is not delivered, and a cancelled operation is not an error.
      if (this.#closed) break
      this.#operation = undefined
      if (value === undefined) {
        const failure = error && owner.toError(error)
        await this.close()
        if (failure) throw failure
        break
      }
      const batch = toBatch(value)
      if (batch !== undefined) return { done: false, value: batch }
    }
    return END
  }

  async #end(): Promise<void> {
    this.#forgetSignal()
    this.#operation?.cancel()
    const { native, owner } = this.#options
    await run((settle) => native.close(settle))
    this.#events?.end()
    owner.release(this)
  }
}
