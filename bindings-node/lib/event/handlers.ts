import { typeName } from '../check'
import { type DrivebellError, invalidArgument } from '../error'
import type { LifecycleKind } from '../names'
import type { Connected, Disconnected, Ended, Renewed, SigningIn, Unavailable } from './lifecycle-kinds'
import type { Notification } from './notification'
import type { OfMember, WithClient } from './origin'

/**
 * The events that a subscription emits, and the arguments of their handlers. In a set, `Member` is what each
 * event has in addition.
 */
export interface SubscriptionEvents<Member = unknown> {
  /** Something changed, or may have. Handlers of this event are the subscription's consumer. */
  notification: [notification: Notification & Member]
  /** The server has acknowledged the subscription. */
  connected: [event: Connected & Member]
  /** The connection has ended, and another attempt follows. */
  disconnected: [event: Disconnected & Member]
  /** A person is asked to sign in, and the session waits for that. */
  signing_in: [event: SigningIn & Member]
  /** A new endpoint has replaced the old one, without a gap. */
  renewed: [event: Renewed & Member]
  /** An attempt to connect or to renew has failed. Another one follows. */
  unavailable: [event: Unavailable & Member]
  /**
   * Either the session has failed and ended, with a {@link DrivebellError}; or an async handler has
   * rejected, with any error, and the session continues.
   */
  error: [error: DrivebellError | Error]
  /** The subscription has ended: this is the last event. */
  close: []
}

/** The events that a set of subscriptions emits. */
export interface SetEvents extends SubscriptionEvents<WithClient> {
  /** A member has ended with an error. The other members continue. */
  ended: [event: OfMember<Ended>]
}

/** A handler of one of the {@link SubscriptionEvents}. */
export type Handler<E extends keyof SubscriptionEvents> = (...args: SubscriptionEvents[E]) => unknown

/** The kinds that a single subscription never emits. */
type OthersEvents = 'ended' | 'query_failed' | 'push_refused'

/** An object, so that the compiler asks for each generated kind of lifecycle event. */
const LIFECYCLE_EVENTS: Record<Exclude<LifecycleKind, OthersEvents>, true> = {
  connected: true,
  disconnected: true,
  signing_in: true,
  renewed: true,
  unavailable: true,
}

/** @internal */
export const EVENTS: readonly string[] = ['notification', ...Object.keys(LIFECYCLE_EVENTS), 'error', 'close']

/** @internal */
export const SET_EVENTS: readonly string[] = [...EVENTS, 'ended']

/** The events that `EventEmitter` itself emits. */
const EMITTER_EVENTS = ['newListener', 'removeListener']

/** Refuses misspelt events: their handlers would never be called. @internal */
export function checkHandler(event: unknown, handler: unknown, events: readonly string[]): void {
  if (![...events, ...EMITTER_EVENTS].includes(event as string)) {
    const name = typeof event === 'string' ? `'${event}'` : typeName(event)
    throw invalidArgument('event', `must be one of ${events.join(', ')}, not ${name}`)
  }
  if (typeof handler !== 'function') {
    throw invalidArgument('handler', `must be a function, not ${typeName(handler)}`)
  }
}
