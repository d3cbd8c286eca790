// Written by `make generate` from core/src/event/lifecycle.rs; do not edit.
import type { DrivebellError } from '../error'
import type { DisconnectReason } from '../names'
import type { BaseEvent } from './base-event'

/** The server has acknowledged the namespace: notifications arrive from now on. */
export interface Connected extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'connected'
  /** What happened. */
  readonly kind: 'connected'
}

/**
 * The connection has ended. The service does not announce what changes from now on; a notification
 * of kind `resync` follows the next connection.
 */
export interface Disconnected extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'disconnected'
  /** What happened. */
  readonly kind: 'disconnected'
  /** Why it ended. */
  readonly reason: DisconnectReason
  /** The same as a sentence. */
  readonly message: string
  /** The address of the page about the reason. */
  readonly helpUrl: string | undefined
  /** The pause that the service requests, in milliseconds; `undefined` if it requests none. */
  readonly retryAfter: number | undefined
  /**
   * The wait until the next attempt; zero if one is already under way. In milliseconds, from the
   * event on.
   */
  readonly retryIn: number
}

/**
 * A person is asked to sign in, and the session waits for that. The event comes once for each
 * sign-in; another one follows when it is over: the session connects, or the attempt fails.
 */
export interface SigningIn extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'signing_in'
  /** What happened. */
  readonly kind: 'signing_in'
}

/** A new endpoint has replaced the one that was about to expire, without a gap. */
export interface Renewed extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'renewed'
  /** What happened. */
  readonly kind: 'renewed'
}

/** An attempt to connect or to renew has failed. Another one follows. */
export interface Unavailable extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'unavailable'
  /** What happened. */
  readonly kind: 'unavailable'
  /** Why it failed. */
  readonly error: DrivebellError
  /** The wait until the next attempt. In milliseconds, from the event on. */
  readonly retryIn: number
}

/** A delta query has failed. Another attempt follows. Only `changes` emits it. */
export interface QueryFailed extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'query_failed'
  /** What happened. */
  readonly kind: 'query_failed'
  /** Why it failed. */
  readonly error: DrivebellError
  /** The wait until the next attempt. In milliseconds, from the event on. */
  readonly retryIn: number
}

/**
 * Graph serves the delta query, but no notifications: the stream polls, and subscribes again later.
 * Only `changes` emits it, once until push has worked again.
 */
export interface PushRefused extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'push_refused'
  /** What happened. */
  readonly kind: 'push_refused'
  /** Why it was refused. */
  readonly error: DrivebellError
  /** The wait until the next attempt. In milliseconds, from the event on. */
  readonly retryIn: number
}

/**
 * A member of a `SubscriptionSet` has ended; the others continue. Or a stream of `changes` has. A
 * single `Subscription` ends with an error of its stream instead.
 */
export interface Ended extends BaseEvent {
  /** The name of the event, as for `on`. */
  readonly type: 'ended'
  /** What happened. */
  readonly kind: 'ended'
  /** Why it ended. */
  readonly error: DrivebellError
}

/** The interface of each kind of lifecycle event. */
export interface LifecycleKinds {
  /** The server has acknowledged the namespace: notifications arrive from now on. */
  connected: Connected
  /** The connection has ended. */
  disconnected: Disconnected
  /** A person is asked to sign in, and the session waits for that. */
  signing_in: SigningIn
  /** A new endpoint has replaced the one that was about to expire, without a gap. */
  renewed: Renewed
  /** An attempt to connect or to renew has failed. */
  unavailable: Unavailable
  /** A delta query has failed. */
  query_failed: QueryFailed
  /**
   * Graph serves the delta query, but no notifications: the stream polls, and subscribes again
   * later.
   */
  push_refused: PushRefused
  /** A member of a `SubscriptionSet` has ended; the others continue. */
  ended: Ended
}

/** The fields that each kind has besides those of all. @internal */
export const LIFECYCLE_FIELDS = {
  connected: [],
  disconnected: ['reason', 'message', 'helpUrl', 'retryAfter', 'retryIn'],
  signing_in: [],
  renewed: [],
  unavailable: ['error', 'retryIn'],
  query_failed: ['error', 'retryIn'],
  push_refused: ['error', 'retryIn'],
  ended: ['error'],
} as const
