import { AbortError, stateError } from '../error'
import type { EventContext } from '../event/event'
import type { Iteration } from '../iteration'
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

/** A native stream. @internal */
export interface Source extends Pick<NativeChanges, 'close' | 'events'> {
  next(settle: (outcome: NextOutcome) => void): NativeOperation
}

/** The arguments of a {@link NativeStream}. @internal */
export interface NativeStreamOptions<Batch> {
  readonly native: Source
  readonly owner: Owner
  /** The method of the client that makes another one. */
  readonly method: string
  /** Returns `undefined` for a batch that is not delivered. */
  readonly toBatch: (native: unknown) => Batch | undefined
  readonly originOf: EventContext['originOf']
  readonly signal: AbortSignal | undefined
}

/** What every stream of changes has: one loop, and events for another one beside it. */
export abstract class NativeStream<Batch, Event> {
  readonly #options: NativeStreamOptions<Batch>
  readonly #forgetSignal: () => void
  #operation: NativeOperation | undefined
  #iterated = false
  #closed: Promise<void> | undefined
  /** What the loop is still to throw. */
  #abortion: AbortError | undefined
  /** Created on first use. */
  #events: EventFeed | undefined

  /** @internal */
  constructor(options: NativeStreamOptions<Batch>) {
    this.#options = options
    const { signal } = options
    this.#forgetSignal = onAbort(signal, () => {
      this.#abortion = new AbortError(signal as AbortSignal)
      void this.close()
    })
  }

  /**
   * Iterates over what the stream goes through: connections that begin and end, and failures with the
   * time until the next attempt. It runs beside the other iteration, and does not keep the process alive.
   * `type` distinguishes the events.
   *
   * The events end with the stream. Leaving the loop does not close the stream, and loses no event: the
   * next loop gets those that wait. Nobody has to read them: the queue is bounded, and merges events.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if there is such an iteration already.
   */
  events(): Iteration<Event> {
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

  /** Like {@link NativeStream.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * The one iteration. `waiting` returns what can be delivered at once, and `next` waits for it.
   *
   * @internal
   */
  protected iterateOnce<Value>(
    next: () => Promise<Value | undefined>,
    waiting: () => Value | undefined = () => undefined,
  ): Iteration<Value> {
    if (this.#iterated) {
      const { method } = this.#options
      throw stateError(`this stream of changes already has an iterator; call client.${method}() for another`)
    }
    this.#iterated = true
    const close = () => this.close()
    // Calls run one after the other.
    let calls = 0
    let last: Promise<unknown> = Promise.resolve()
    const take = async (): Promise<IteratorResult<Value, undefined>> => {
      try {
        const value = (this.#closed ? undefined : waiting()) ?? (await next())
        if (value !== undefined) return { done: false, value }
        this.#throwIfAborted()
        return END
      } finally {
        calls -= 1
      }
    }
    return {
      next: () => {
        calls += 1
        const result = calls === 1 ? take() : last.then(take)
        last = result.catch(() => {})
        return result
      },
      return: async () => {
        await close()
        return END
      },
      [Symbol.asyncIterator]() {
        return this
      },
      [Symbol.asyncDispose]: close,
    } as Iteration<Value>
  }

  /** Waits for a batch; `undefined` at the end. @internal */
  protected async nextBatch(): Promise<Batch | undefined> {
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
      if (batch !== undefined) return batch
    }
    return undefined
  }

  #throwIfAborted(): void {
    const abortion = this.#abortion
    this.#abortion = undefined
    if (abortion) throw abortion
  }

  /** Called when the stream begins to close. @internal */
  protected closing(): void {}

  async #end(): Promise<void> {
    this.#forgetSignal()
    this.#operation?.cancel()
    this.closing()
    const { native, owner } = this.#options
    await run((settle) => native.close(settle))
    this.#events?.end()
    owner.release(this)
  }
}
