import type { DrivebellError } from '../error'
import type { DisconnectReason } from '../names'
import type { Resource } from '../resource'
import type { NativeDisconnect, NativeError, NativeEvent } from '../runtime/addon'
import type { Client, Origin } from './origin'

/** What every lifecycle event has. */
interface BaseEvent {
  /** The resource of the subscription. */
  readonly resource: Resource
  /** In the events of {@link Client.subscribeAll}: the client whose user it is about. */
  readonly client: Client | undefined
  /**
   * How many earlier events of the same type were merged into this one because the consumer was
   * slow; usually 0.
   */
  readonly coalesced: number
}

/** The server has acknowledged the subscription: notifications arrive from now on. */
export interface Connected extends BaseEvent {
  readonly type: 'connected'
}

/**
 * The connection has ended, and another attempt follows. Changes are not announced until then; a
 * notification of kind `resync` then says that you may have missed some.
 */
export interface Disconnected extends BaseEvent {
  readonly type: 'disconnected'
  /** Why it ended. */
  readonly reason: DisconnectReason
  /** The same as a sentence. */
  readonly message: string
  /** The pause that the service requests, in milliseconds; `undefined` if it requests none. */
  readonly retryAfter: number | undefined
  /** The time until the next attempt, in milliseconds from the event; 0 if it has begun. */
  readonly retryIn: number
}

/**
 * A person is asked to sign in, and the session waits for that. It comes once for each sign-in; another
 * event follows when that is over: the session connects, or the attempt fails.
 */
export interface SigningIn extends BaseEvent {
  readonly type: 'signing_in'
}

/** A new endpoint has replaced the one that was about to expire, without a gap. */
export interface Renewed extends BaseEvent {
  readonly type: 'renewed'
}

/** An attempt to connect or to renew has failed. Another one follows. */
export interface Unavailable extends BaseEvent {
  readonly type: 'unavailable'
  /** Why it failed. */
  readonly error: DrivebellError
  /** The time until the next attempt, in milliseconds from the event. */
  readonly retryIn: number
}

/** A delta query of {@link Client.changes} has failed. Another attempt follows. */
export interface QueryFailed extends BaseEvent {
  readonly type: 'query_failed'
  /** Why it failed. */
  readonly error: DrivebellError
  /** The time until the next attempt, in milliseconds from the event. */
  readonly retryIn: number
}

/**
 * Graph serves the delta queries of {@link Client.changes}, but no notifications: the stream polls, and
 * subscribes again later. It comes once, until push has worked again.
 */
export interface PushRefused extends BaseEvent {
  readonly type: 'push_refused'
  /** Why it was refused. */
  readonly error: DrivebellError
  /** The time until the next attempt, in milliseconds from the event. */
  readonly retryIn: number
}

/** A member of a set has ended, and the others continue. Or a stream of changes has ended with an error. */
export interface Ended extends BaseEvent {
  readonly type: 'ended'
  /** Why it ended. */
  readonly error: DrivebellError
}

/** What happens to the session of a subscription. `type` distinguishes the events. */
export type Lifecycle = Connected | Disconnected | SigningIn | Renewed | Unavailable

/** What a stream of changes goes through: the events of {@link Changes.events}, distinguished by `type`. */
export type ChangesEvent = Lifecycle | QueryFailed | PushRefused | Ended

/** @internal */
export function toLifecycle(
  native: NativeEvent & { type: ChangesEvent['type'] },
  { resource, client, toError }: Origin,
): ChangesEvent {
  const { type, coalesced } = native
  const common = { resource, client, coalesced }
  const retryIn = native.retryIn ?? 0
  switch (type) {
    case 'connected':
    case 'signing_in':
    case 'renewed':
      return { type, ...common }
    case 'disconnected': {
      const { reason, message, retryAfter } = native.disconnected as NativeDisconnect
      return { type, reason: reason as DisconnectReason, message, retryAfter, retryIn, ...common }
    }
    case 'unavailable':
    case 'query_failed':
    case 'push_refused':
      return { type, error: toError(native.error as NativeError), retryIn, ...common }
    case 'ended':
      return { type, error: toError(native.error as NativeError), ...common }
  }
}
