import type { Client } from '../client/client'
import type { DisconnectReason, DrivebellError } from '../error'
import type { Resource } from '../resource'
import type { NativeDisconnect, NativeError, NativeEvent } from '../runtime/addon'
import type { Origin } from './event'

/** What every event of a session's life has. */
interface Happened {
  /** What was subscribed to. */
  readonly resource: Resource
  /** Whose user it is about, of {@link Client.subscribeAll}; `undefined` of {@link Client.subscribe}. */
  readonly client: Client | undefined
  /**
   * How many earlier events of the same type this one stands for, because the consumer was behind;
   * 0 as a rule.
   */
  readonly coalesced: number
}

/** The server has acknowledged the subscription: from now on notifications arrive. */
export interface Connected extends Happened {
  readonly type: 'connected'
}

/**
 * The connection has ended. Changes that happen from now on are not announced; a notification of the
 * kind `resync` will say when to look for them.
 */
export interface Disconnected extends Happened {
  readonly type: 'disconnected'
  /** How it ended. */
  readonly reason: DisconnectReason
  /** The same for people. */
  readonly message: string
  /** How long the service asks to stay away, in milliseconds; `undefined` if it does not ask. */
  readonly retryAfter: number | undefined
  /** When the next attempt begins, in milliseconds from the event; 0 if one is under way. */
  readonly retryIn: number
}

/** A new endpoint has taken over from the one that was about to expire, without a gap. */
export interface Renewed extends Happened {
  readonly type: 'renewed'
}

/** An attempt to connect, or to renew, has failed. There will be another. */
export interface Unavailable extends Happened {
  readonly type: 'unavailable'
  /** Why it failed. */
  readonly error: DrivebellError
  /** When the next attempt begins, in milliseconds from the event. */
  readonly retryIn: number
}

/** One of a set of subscriptions is over, and the others go on. */
export interface Ended extends Happened {
  readonly type: 'ended'
  /** What ended it. */
  readonly error: DrivebellError
}

/** What happens to the session behind a subscription, told apart by `type`. */
export type Lifecycle = Connected | Disconnected | Renewed | Unavailable

/** @internal */
export function toLifecycle(
  native: NativeEvent & { type: (Lifecycle | Ended)['type'] },
  { resource, client, toError }: Origin,
): Lifecycle | Ended {
  const { type, coalesced } = native
  const common = { resource, client, coalesced }
  const retryIn = native.retryIn ?? 0
  switch (type) {
    case 'connected':
    case 'renewed':
      return { type, ...common }
    case 'disconnected': {
      const { reason, message, retryAfter } = native.disconnected as NativeDisconnect
      return { type, reason: reason as DisconnectReason, message, retryAfter, retryIn, ...common }
    }
    case 'unavailable':
      return { type, error: toError(native.error as NativeError), retryIn, ...common }
    case 'ended':
      return { type, error: toError(native.error as NativeError), ...common }
  }
}
