import { EventEmitter } from 'node:events'
import { type InspectOptions, inspect } from 'node:util'
import { onAbort } from './abort'
import type { NativeEnd, NativeError, NativeSubscription } from './addon'
import { Delivery } from './delivery'
import type { DrivebellError } from './error'
import type { SubscriptionEvent } from './event'
import { checkHandler, type Handler, type SubscriptionEvents } from './handlers'
import type { Notification } from './notification'
import type { SubscriptionState, SubscriptionStats } from './progress'
import type { Resource } from './resource'

/** What a subscription needs of its client. @internal */
export interface Owner {
  toError(error: NativeError): DrivebellError
  /** The session is over. */
  release(subscription: Subscription): void
}

/**
 * A subscription, which lives through whatever the service does. While there is no connection it
 * makes a new one, and after each such time it gives one notification of the kind `resync`, because
 * what changed meanwhile was announced to nobody. Only refusals by Graph, or by the credential, end
 * it, when they go on for the client's `refusalTimeout`.
 *
 * Its events are handed out in order to one consumer, which is either an
 * iteration or the handlers of `notification`; a second one is refused with the code
 * `ERR_DRIVEBELL_STATE`. They wait, in a bounded queue, until there is a consumer.
 *
 * - `for await (const note of subscription)`: the notifications.
 * - `for await (const event of subscription.events())`: notifications and what happens to the
 *   session, told apart by `type`.
 * - `subscription.on('notification', handler)`, by the rules of `EventEmitter`: handlers are called
 *   one after the other, what one throws is an uncaught exception, and when the promise of an
 *   async one rejects, that is an `error` event.
 *
 * Handlers of the other events may be set beside either consumer, and are called when the consumer
 * gets there: without one they are not, except for `close` after {@link Subscription.close}.
 *
 * A session that fails ends with an error: an iteration throws it once and then ends; handlers get
 * `error` and then `close`. Leaving a `for await` loop does not close the subscription: what is not
 * yet handed out stays for the next consumer.
 *
 * Like a server, a subscription keeps the process alive until it is closed, also while it has no
 * connection; see
 * {@link Subscription.unref}.
 */
export class Subscription extends EventEmitter implements AsyncIterable<Notification> {
  /** What is subscribed to. */
  readonly resource: Resource
  /**
   * Settles when the session is over: resolves after {@link Subscription.close}, and rejects with
   * the {@link DrivebellError} that ended it. Nobody has to look: it is never an unhandled rejection.
   */
  readonly closed: Promise<void>
  readonly #native: NativeSubscription
  readonly #delivery: Delivery
  readonly #over: Promise<void>
  #failure: DrivebellError | undefined
  #closing = false

  /** @internal */
  constructor(native: NativeSubscription, resource: Resource, owner: Owner, signal?: AbortSignal) {
    super({ captureRejections: true })
    this.resource = resource
    this.#native = native
    const toFailure = (error: NativeError) => {
      this.#failure ??= owner.toError(error)
      return this.#failure
    }
    this.#delivery = new Delivery(native, { emitter: this, resource, toError: owner.toError, toFailure })

    const forget = onAbort(signal, () => void this.close())
    this.closed = new Promise((resolve, reject) => {
      const finish = ({ error }: NativeEnd) => {
        this.#closing = true
        forget()
        if (error) reject(toFailure(error))
        else resolve()
        owner.release(this)
      }
      native.attach((end) => {
        if (end) finish(end)
        this.#delivery.wake()
      })
    })
    this.#over = this.closed.catch(() => {})
  }

  /** Where the subscription is at this moment. */
  get state(): SubscriptionState {
    // The core knows a moment later.
    return this.#closing ? 'closed' : this.#native.state
  }

  /** What the subscription has been through so far. */
  stats(): SubscriptionStats {
    const { lastEventAt, pending, ...counts } = this.#native.stats()
    return {
      ...counts,
      lastEventAt: lastEventAt === undefined ? undefined : new Date(lastEventAt),
      pending: pending + this.#delivery.pending,
    }
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
  events(): AsyncIterableIterator<SubscriptionEvent, undefined> {
    return this.#delivery.read((event) => event)
  }

  /**
   * Says goodbye to the server and ends the iteration; what waits is discarded. Resolves when that
   * is done, and never rejects. Closing twice is fine.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      // Whoever waits for the goodbye expects to come to the line behind it.
      this.#native.ref()
    }
    this.#native.close()
    this.#delivery.discard()
    return this.#over
  }

  /** As {@link Subscription.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Keeps the process alive while the session lives, which is the default. */
  ref(): this {
    this.#native.ref()
    return this
  }

  /** Lets the process exit although the session lives. */
  unref(): this {
    if (!this.#closing) this.#native.unref()
    return this
  }

  /**
   * Adds a handler, by the rules of Node's `EventEmitter`.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` for an event that there is
   *   not or a handler that is no function, and `ERR_DRIVEBELL_STATE` for `notification` while there
   *   is an iteration.
   */
  override on<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    this.#admit(event, handler)
    return super.on(event, handler)
  }

  /** As {@link Subscription.on}, for the first event only. */
  override once<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    checkHandler(event, handler)
    return super.once(event, handler)
  }

  /** Removes a handler. Without any for `notification`, notifications wait for the next consumer. */
  override off<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    return super.off(event, handler)
  }

  /** As {@link Subscription.on}. */
  override addListener<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    return this.on(event, handler)
  }

  /** As {@link Subscription.on}, before the handlers that there are. */
  override prependListener<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    this.#admit(event, handler)
    return super.prependListener(event, handler)
  }

  /** As {@link Subscription.once}, before the handlers that there are. */
  override prependOnceListener<E extends keyof SubscriptionEvents>(event: E, handler: Handler<E>): this {
    checkHandler(event, handler)
    return super.prependOnceListener(event, handler)
  }

  /** What may be shown. */
  toJSON(): Record<string, unknown> {
    return { resource: this.resource, state: this.state }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Subscription ${inspect(this.toJSON(), options)}`
  }

  #admit(event: string, handler: unknown): void {
    checkHandler(event, handler)
    this.#delivery.admit(event)
  }
}
