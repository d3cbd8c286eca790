import { EventEmitter } from 'node:events'
import { type InspectOptions, inspect } from 'node:util'
import { AbortError, type DrivebellError } from '../error'
import type { Iteration } from '../iteration'
import type { Owner } from '../owner'
import { onAbort } from '../runtime/abort'
import type { NativeEnd, NativeError, NativeSubscription, NativeSubscriptionSet } from '../runtime/addon'
import { wakeChannel } from '../runtime/wake-channel'
import { EventBuffer } from './buffer'
import { Dispatcher } from './dispatcher'
import type { EventContext } from './event'
import { checkHandler } from './handlers'
import type { Notification } from './notification'

/** The arguments of a {@link Consumer}. @internal */
export interface ConsumerOptions {
  readonly native: NativeSubscription | NativeSubscriptionSet
  readonly owner: Owner
  /** The names of its events. */
  readonly events: readonly string[]
  readonly originOf: EventContext['originOf']
  readonly signal: AbortSignal | undefined
}

/**
 * What a {@link Subscription} and a {@link SubscriptionSet} have in common: events for one consumer,
 * which is an iteration or the handlers of `notification`, and an end.
 */
export abstract class Consumer<
    Events extends { [E in keyof Events]: unknown[] },
    Item extends { type: string },
    Note extends Notification = Notification,
  >
  extends EventEmitter
  implements AsyncIterable<Note>
{
  readonly #native: NativeSubscription | NativeSubscriptionSet
  readonly #owner: Owner
  readonly #buffer: EventBuffer
  readonly #dispatcher: Dispatcher
  readonly #events: readonly string[]
  readonly #forgetSignal: (() => void) | undefined
  /** Its id in the wake channel. */
  readonly #wakeId: number
  #failure: DrivebellError | undefined
  #closing = false
  #ended = false
  /** Created on first use: a program with thousands of idle sessions rarely needs it. */
  #closed: Promise<void> | undefined
  #settleClosed: (() => void) | undefined

  /** @internal */
  constructor({ native, owner, events, originOf, signal }: ConsumerOptions) {
    super({ captureRejections: true })
    this.#native = native
    this.#owner = owner
    this.#events = events
    this.#buffer = new EventBuffer(native, { originOf, toFailure: (error) => this.#toFailure(error) })
    this.#dispatcher = new Dispatcher(this.#buffer, this, 'this subscription')
    this.#forgetSignal =
      signal &&
      onAbort(signal, () => {
        this.#dispatcher.abort(new AbortError(signal))
        void this.close()
      })
    this.#wakeId = wakeChannel().attach(native, (ended) => {
      const end = ended && native.end()
      if (end) this.#finish(end)
      this.#dispatcher.wake()
    })
  }

  /**
   * Settles at the end: resolves after {@link Consumer.close}, rejects with the
   * {@link DrivebellError} that ended the session. You need not handle it: it never causes an
   * unhandled rejection.
   */
  get closed(): Promise<void> {
    if (this.#closed) return this.#closed
    this.#closed = new Promise((resolve, reject) => {
      this.#settleClosed = () => (this.#failure ? reject(this.#failure) : resolve())
      if (this.#ended) this.#settleClosed()
    })
    this.#closed.catch(() => {})
    return this.#closed
  }

  /** Whether it is closed or closing. The core's own state follows a moment later. @internal */
  protected get isClosing(): boolean {
    return this.#closing
  }

  /** How many events have left the core and not been delivered. @internal */
  protected get buffered(): number {
    return this.#buffer.size
  }

  /**
   * Iterates over the notifications.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if there is a consumer already.
   */
  [Symbol.asyncIterator](): Iteration<Note> {
    return this.#dispatcher.iterate((event) => (event.type === 'notification' ? (event as Note) : undefined))
  }

  /**
   * Iterates over all events in order, distinguished by `type`.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if there is a consumer already.
   */
  events(): Iteration<Item> {
    return this.#dispatcher.iterate((event) => event as { type: string } as Item)
  }

  /**
   * Disconnects from the server and ends the iteration. Events that were not delivered are
   * discarded. Resolves when the session is over, and never rejects. Calling it twice is fine.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      // Even after `unref()`, the process must not exit before `await sub.close()` returns.
      wakeChannel().ref(this.#wakeId)
    }
    this.#native.close()
    this.#dispatcher.discard()
    return this.closed.catch(() => {})
  }

  /** Like {@link Consumer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Keeps the process alive until this is closed. This is the default. */
  ref(): this {
    wakeChannel().ref(this.#wakeId)
    return this
  }

  /** Lets the process exit while this is open. */
  unref(): this {
    if (!this.#closing) wakeChannel().unref(this.#wakeId)
    return this
  }

  /**
   * Adds a handler, like Node's `EventEmitter.on`.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for an unknown event or a handler that is
   *   not a function; `ERR_DRIVEBELL_STATE` for `notification` during an iteration.
   */
  override on<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#beforeHandler(event, handler)
    return super.on(event, handler as (...args: unknown[]) => void)
  }

  /** Like {@link Consumer.on}, for the next event only. */
  override once<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#check(event, handler)
    return super.once(event, handler as (...args: unknown[]) => void)
  }

  /** Removes a handler. Without one for `notification`, notifications wait for the next consumer. */
  override off<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    return super.off(event, handler as (...args: unknown[]) => void)
  }

  /** Like {@link Consumer.on}. */
  override addListener<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    return this.on(event, handler)
  }

  /** Like {@link Consumer.on}, ahead of the existing handlers. */
  override prependListener<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#beforeHandler(event, handler)
    return super.prependListener(event, handler as (...args: unknown[]) => void)
  }

  /** Like {@link Consumer.once}, ahead of the existing handlers. */
  override prependOnceListener<E extends keyof Events & string>(
    event: E,
    handler: (...args: Events[E]) => unknown,
  ): this {
    this.#check(event, handler)
    return super.prependOnceListener(event, handler as (...args: unknown[]) => void)
  }

  /** What `JSON.stringify` and `console.log` show. */
  abstract toJSON(): Record<string, unknown>

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }

  #finish({ error }: NativeEnd): void {
    this.#closing = true
    this.#ended = true
    if (error) this.#toFailure(error)
    wakeChannel().detach(this.#wakeId)
    this.#forgetSignal?.()
    this.#settleClosed?.()
    this.#dispatcher.ended(this.#failure)
    this.#owner.release(this)
  }

  #toFailure(error: NativeError): DrivebellError {
    this.#failure ??= this.#owner.toError(error)
    return this.#failure
  }

  #beforeHandler(event: string, handler: unknown): void {
    this.#check(event, handler)
    this.#dispatcher.beforeHandler(event)
  }

  #check(event: unknown, handler: unknown): void {
    checkHandler(event, handler, this.#events)
  }
}
