import type { NativeStats } from '../runtime/addon'

/**
 * Where a subscription is at this moment, which its events may tell later:
 *
 * - `acquiring`: it asks Graph for an endpoint, and is not live.
 * - `opening`: it connects to the notification server, and is not live.
 * - `backoff`: it waits before the next attempt, and is not live.
 * - `live`: changes are announced.
 * - `renewing`: live, and a connection to a new endpoint is being made beside it.
 * - `closed`: over, by an error or by {@link Subscription.close}, whose goodbye may be under way.
 */
export type SubscriptionState = 'acquiring' | 'opening' | 'backoff' | 'live' | 'renewing' | 'closed'

/** What those that are in a set of subscriptions have been through so far, in all. */
export interface SetStats extends SubscriptionStats {
  /** How many are in the set. */
  readonly members: number
  /** How many of them are live at this moment. */
  readonly live: number
  /** How many of them are over, by an error. */
  readonly ended: number
}

/** What a subscription has been through so far. */
export interface SubscriptionStats {
  /** Notifications that the service has sent. */
  readonly notifications: number
  /** How many events were merged into earlier ones because the consumer was behind. */
  readonly coalesced: number
  /** How often it became live again after a time without a connection. */
  readonly reconnects: number
  /** How often a new endpoint has taken over without such a time. */
  readonly renewals: number
  /** When the service last sent a notification; `undefined` before the first. */
  readonly lastEventAt: Date | undefined
  /** How many events wait for the consumer. */
  readonly pending: number
}

/** `fetched` events have left the core and not been handed out. @internal */
export function toStats(native: NativeStats, fetched: number): SubscriptionStats {
  const { lastEventAt, pending, ...counts } = native
  return {
    ...counts,
    lastEventAt: lastEventAt === undefined ? undefined : new Date(lastEventAt),
    pending: pending + fetched,
  }
}
