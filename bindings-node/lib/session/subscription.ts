import { Consumer } from '../event/consumer'
import type { SubscriptionEvent } from '../event/event'
import { EVENTS, type SubscriptionEvents } from '../event/handlers'
import type { SubscriptionState } from '../names'
import type { Owner } from '../owner'
import type { Resource } from '../resource'
import type { NativeSubscription } from '../runtime/addon'
import { type SubscriptionStats, toStats } from './stats'

/**
 * A subscription, which survives every temporary failure. When the connection is lost it connects
 * again, and then delivers one notification of kind `resync`: changes in between were not announced.
 * It ends with an error only if Graph, or the credential, keeps refusing it for the client's
 * `refusalTimeout`.
 *
 * Events are delivered in order to one consumer: either an iteration or the handlers of
 * `notification`. A second consumer is refused with `ERR_DRIVEBELL_STATE`. Until there is a consumer,
 * events wait in a bounded mailbox.
 *
 * - `for await (const note of subscription)` iterates over the notifications.
 * - `for await (const event of subscription.events())` iterates over notifications and lifecycle
 *   events; `type` tells them apart.
 * - `subscription.on('notification', handler)` follows the rules of `EventEmitter`: handlers are
 *   called one after the other, what a handler throws is an uncaught exception, and the rejection of
 *   an async handler is an `error` event. The next event waits until async handlers have settled: they
 *   would all run at once otherwise, in no order. A handler that never settles gets nothing more.
 *
 * Handlers run in the `AsyncLocalStorage` context of the call that subscribed.
 *
 * Handlers of other events work with either consumer, and are called in order with its events.
 * Without a consumer only `error` and `close` are called, at the end.
 *
 * When the session fails, an iteration throws the error once and then ends; handlers get `error` and
 * then `close`. When its signal aborts, an iteration throws an `AbortError`, as Node's own do. Leaving a `for await` loop does not close the subscription: undelivered events wait
 * for the next consumer.
 *
 * Like a server, a subscription keeps the process alive until it is closed, connected or not; see
 * {@link Subscription.unref}.
 */
export class Subscription extends Consumer<SubscriptionEvents, SubscriptionEvent> {
  /** The resource that it is about. */
  readonly resource: Resource
  readonly #native: NativeSubscription

  /** @internal */
  constructor(native: NativeSubscription, resource: Resource, owner: Owner, signal?: AbortSignal) {
    const origin = { resource, client: undefined, label: owner.label, toError: owner.toError }
    super({ native, owner, events: EVENTS, originOf: () => origin, signal })
    this.resource = resource
    this.#native = native
  }

  /** The state of the session now. Its events may arrive later. */
  get state(): SubscriptionState {
    return this.isClosing ? 'closed' : (this.#native.state as SubscriptionState)
  }

  /** The statistics of the session so far. */
  stats(): SubscriptionStats {
    return toStats(this.#native.stats(), this.buffered)
  }

  /** Its resource and its state. */
  toJSON(): Record<string, unknown> {
    return { resource: this.resource, state: this.state }
  }
}
