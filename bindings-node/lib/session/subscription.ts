import type { DrivebellError } from '../error'
import { Consumer } from '../event/consumer'
import type { SubscriptionEvent } from '../event/event'
import { EVENTS, type SubscriptionEvents } from '../event/handlers'
import type { Resource } from '../resource'
import type { NativeError, NativeSubscription } from '../runtime/addon'
import { type SubscriptionState, type SubscriptionStats, toStats } from './stats'

/** What a subscription needs of its client. @internal */
export interface Owner<T> {
  toError(error: NativeError): DrivebellError
  /** The session is over. */
  release(over: T): void
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
export class Subscription extends Consumer<SubscriptionEvents, SubscriptionEvent> {
  /** What is subscribed to. */
  readonly resource: Resource
  readonly #native: NativeSubscription

  /** @internal */
  constructor(native: NativeSubscription, resource: Resource, owner: Owner<Subscription>, signal?: AbortSignal) {
    const origin = { resource, client: undefined, toError: owner.toError }
    super({ native, keeper: owner, events: EVENTS, signal, originOf: () => origin })
    this.resource = resource
    this.#native = native
  }

  /** Where the subscription is at this moment. */
  get state(): SubscriptionState {
    return this.isClosing ? 'closed' : this.#native.state
  }

  /** What the subscription has been through so far. */
  stats(): SubscriptionStats {
    return toStats(this.#native.stats(), this.fetched)
  }

  toJSON(): Record<string, unknown> {
    return { resource: this.resource, state: this.state }
  }
}
