import { EventEmitter } from 'node:events'
import { type InspectOptions, inspect } from 'node:util'
import type { DrivebellError } from '../error'
import { onAbort } from '../runtime/abort'
import type { NativeEnd, NativeError } from '../runtime/addon'
import { bellOfThread, type Ringer } from '../runtime/wake-channel'
import type { Source } from './buffer'
import { Delivery, type Recipient } from './dispatcher'
import { checkHandler } from './handlers'
import type { Notification } from './notification'

/** The native side of what hands out events. @internal */
export interface NativeConsumer extends Source, Ringer {
  /** How it ended, once; nothing before. */
  end(): NativeEnd | null
  close(): void
}

/** What is needed of whoever owns it. @internal */
export interface Keeper {
  toError(error: NativeError): DrivebellError
  /** All of it is over. */
  release(consumer: object): void
}

/** What a consumer is made from. @internal */
export interface ConsumerParts extends Pick<Recipient, 'originOf' | 'isGone'> {
  readonly native: NativeConsumer
  readonly keeper: Keeper
  readonly events: readonly string[]
  readonly signal: AbortSignal | undefined
}

/**
 * What a {@link Subscription} and a {@link SubscriptionSet} have in common: one consumer, which is an
 * iteration or the handlers of `notification`, and an end.
 */
export abstract class Consumer<Events extends { [E in keyof Events]: unknown[] }, Item extends { type: string }>
  extends EventEmitter
  implements AsyncIterable<Notification>
{
  readonly #native: NativeConsumer
  readonly #keeper: Keeper
  readonly #delivery: Delivery
  readonly #events: readonly string[]
  readonly #forgetSignal: (() => void) | undefined
  /** By which the bell knows it. */
  readonly #number: number
  #failure: DrivebellError | undefined
  #closing = false
  #over = false
  /** Made when it is first asked for: of thousands that are idle, nobody does. */
  #closed: Promise<void> | undefined
  #settle: (() => void) | undefined

  /** @internal */
  constructor({ native, keeper, events, signal, originOf, isGone }: ConsumerParts) {
    super({ captureRejections: true })
    this.#native = native
    this.#keeper = keeper
    this.#events = events
    const toFailure = (error: NativeError) => this.#toFailure(error)
    this.#delivery = new Delivery(native, { emitter: this, originOf, isGone, toFailure })
    this.#forgetSignal = signal && onAbort(signal, () => void this.close())
    this.#number = bellOfThread().attach(native, (over) => {
      const end = over && native.end()
      if (end) this.#finish(end)
      this.#delivery.wake()
    })
  }

  /**
   * Settles when all is over: resolves after {@link Consumer.close}, and rejects with the
   * {@link DrivebellError} that ended it. Nobody has to look: it is never an unhandled rejection.
   */
  get closed(): Promise<void> {
    if (this.#closed) return this.#closed
    this.#closed = new Promise((resolve, reject) => {
      this.#settle = () => (this.#failure ? reject(this.#failure) : resolve())
      if (this.#over) this.#settle()
    })
    this.#closed.catch(() => {})
    return this.#closed
  }

  /** Whether it is closed, or about to be: the core knows a moment later. @internal */
  protected get isClosing(): boolean {
    return this.#closing
  }

  /** How many events have left the core and not been handed out. @internal */
  protected get fetched(): number {
    return this.#delivery.pending
  }

  /**
   * Iterates over the notifications.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_STATE` if there is a consumer already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Notification, undefined> {
    return this.#delivery.read((event) => (event.type === 'notification' ? event : undefined))
  }

  /**
   * Iterates over everything that happens, in order, told apart by `type`.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_STATE` if there is a consumer already.
   */
  events(): AsyncIterableIterator<Item, undefined> {
    return this.#delivery.read((event) => event as { type: string } as Item)
  }

  /**
   * Says goodbye to the server and ends the iteration; what waits is discarded. Resolves when that
   * is done, and never rejects. Closing twice is fine.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      // Whoever waits for the goodbye expects to come to the line behind it.
      bellOfThread().hold(this.#number)
    }
    this.#native.close()
    this.#delivery.discard()
    return this.closed.catch(() => {})
  }

  /** As {@link Consumer.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Keeps the process alive until it is closed, which is the default. */
  ref(): this {
    bellOfThread().hold(this.#number)
    return this
  }

  /** Lets the process exit although it is open. */
  unref(): this {
    if (!this.#closing) bellOfThread().release(this.#number)
    return this
  }

  /**
   * Adds a handler, by the rules of Node's `EventEmitter`.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` for an event that there is
   *   not or a handler that is no function, and `ERR_DRIVEBELL_STATE` for `notification` while there
   *   is an iteration.
   */
  override on<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#admit(event, handler)
    return super.on(event, handler as (...args: unknown[]) => void)
  }

  /** As {@link Consumer.on}, for the first event only. */
  override once<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#check(event, handler)
    return super.once(event, handler as (...args: unknown[]) => void)
  }

  /** Removes a handler. Without any for `notification`, notifications wait for the next consumer. */
  override off<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    return super.off(event, handler as (...args: unknown[]) => void)
  }

  /** As {@link Consumer.on}. */
  override addListener<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    return this.on(event, handler)
  }

  /** As {@link Consumer.on}, before the handlers that there are. */
  override prependListener<E extends keyof Events & string>(event: E, handler: (...args: Events[E]) => unknown): this {
    this.#admit(event, handler)
    return super.prependListener(event, handler as (...args: unknown[]) => void)
  }

  /** As {@link Consumer.once}, before the handlers that there are. */
  override prependOnceListener<E extends keyof Events & string>(
    event: E,
    handler: (...args: Events[E]) => unknown,
  ): this {
    this.#check(event, handler)
    return super.prependOnceListener(event, handler as (...args: unknown[]) => void)
  }

  /** What may be shown. */
  abstract toJSON(): Record<string, unknown>

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }

  #finish({ error }: NativeEnd): void {
    this.#closing = true
    this.#over = true
    if (error) this.#toFailure(error)
    bellOfThread().detach(this.#number)
    this.#forgetSignal?.()
    this.#settle?.()
    this.#keeper.release(this)
  }

  #toFailure(error: NativeError): DrivebellError {
    this.#failure ??= this.#keeper.toError(error)
    return this.#failure
  }

  #admit(event: string, handler: unknown): void {
    this.#check(event, handler)
    this.#delivery.admit(event)
  }

  #check(event: unknown, handler: unknown): void {
    checkHandler(event, handler, this.#events)
  }
}
