import { typeName } from '../check'
import { type DrivebellError, invalidArgument } from '../error'
import type { Connected, Disconnected, Ended, Renewed, Unavailable } from './lifecycle'
import type { Notification } from './notification'

/** The events that a subscription emits, with what their handlers are given. */
export interface SubscriptionEvents {
  /** Something changed, or may have. Its handlers are the subscription's consumer. */
  notification: [notification: Notification]
  /** The server has acknowledged the subscription. */
  connected: [event: Connected]
  /** The connection has ended, and another one will be made. */
  disconnected: [event: Disconnected]
  /** A new endpoint has taken over, without a gap. */
  renewed: [event: Renewed]
  /** An attempt to connect, or to renew, has failed, and there will be another. */
  unavailable: [event: Unavailable]
  /**
   * The session has failed and is over, with a {@link DrivebellError}; or the promise of an async
   * handler has rejected, with whatever it was, and the session goes on.
   */
  error: [error: DrivebellError | Error]
  /** Nothing follows. */
  close: []
}

/** The events that a set of subscriptions emits. */
export interface SetEvents extends SubscriptionEvents {
  /** One of them is over, by its `error`, and the others go on. */
  ended: [event: Ended]
}

/** A handler of one of the {@link SubscriptionEvents}. */
export type Handler<E extends keyof SubscriptionEvents> = (...args: SubscriptionEvents[E]) => unknown

/** @internal */
export const EVENTS: readonly (keyof SubscriptionEvents)[] = [
  'notification',
  'connected',
  'disconnected',
  'renewed',
  'unavailable',
  'error',
  'close',
]

/** @internal */
export const SET_EVENTS: readonly (keyof SetEvents)[] = [...EVENTS, 'ended']

/** Those that `EventEmitter` itself emits. */
const META = ['newListener', 'removeListener']

/** A handler of a misspelt event would never be called, and nobody would know. @internal */
export function checkHandler(event: unknown, handler: unknown, events: readonly string[]): void {
  if (![...events, ...META].includes(event as string)) {
    const name = typeof event === 'string' ? `'${event}'` : typeName(event)
    throw invalidArgument('event', `must be one of ${events.join(', ')}, and is ${name}`)
  }
  if (typeof handler !== 'function') {
    throw invalidArgument('handler', `must be a function, and is ${typeName(handler)}`)
  }
}
