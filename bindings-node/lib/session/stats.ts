import type { NativeStats } from '../runtime/addon'

/** The statistics of the current members of a set together. */
export interface SetStats extends SubscriptionStats {
  /** How many members the set has. */
  readonly members: number
  /** How many of them are live now. */
  readonly live: number
  /** How many of them have ended with an error. */
  readonly ended: number
}

/** The statistics of a subscription so far. */
export interface SubscriptionStats {
  /** How many notifications the service has sent. */
  readonly notifications: number
  /** How many events were merged into others because the consumer was slow. */
  readonly coalesced: number
  /** How often it became live again after it had lost its connection. */
  readonly reconnects: number
  /** How often a new endpoint replaced the old one without a gap. */
  readonly renewals: number
  /** When the service last sent a notification; `undefined` before the first. */
  readonly lastEventAt: Date | undefined
  /** How many events wait for the consumer. */
  readonly pending: number
}

/** `buffered`: how many events have left the core and not been delivered. @internal */
export function toStats(native: NativeStats, buffered: number): SubscriptionStats {
  const { lastEventAt, pending, ...counts } = native
  return {
    ...counts,
    lastEventAt: lastEventAt === undefined ? undefined : new Date(lastEventAt),
    pending: pending + buffered,
  }
}
