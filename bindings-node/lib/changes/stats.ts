import type { NativeChangesStats } from '../runtime/addon'

/** The statistics of a stream of changes since it started. */
export interface ChangesStats {
  /** How many batches were handed out. */
  readonly batches: number
  /** How many items were in them. */
  readonly items: number
  /** How many items were not handed out, because they came again unchanged. */
  readonly repeated: number
  /** How many delta queries were completed. */
  readonly queries: number
  /** How many requests failed. */
  readonly failures: number
  /** How many notifications the service sent. */
  readonly notifications: number
  /** How many hints the program gave; those that came together count once. */
  readonly hints: number
  /** How often Graph lost track, so that everything was enumerated again. */
  readonly resyncs: number
  /** How many audits were completed (`auditInterval`). */
  readonly audits: number
  /** How often the subscription became live again after it had lost its connection. */
  readonly reconnects: number
  /** How often a new endpoint replaced the old one without a gap. */
  readonly renewals: number
  /** How many connections were replaced because they announced nothing (`deafAfter`). */
  readonly deaf: number
  /** When the last query was completed; `undefined` before the first. */
  readonly lastQueryAt: Date | undefined
  /** When items were last handed out; `undefined` before the first. */
  readonly lastItemsAt: Date | undefined
}

/** @internal */
export function toChangesStats(native: NativeChangesStats): ChangesStats {
  const { lastQueryAt, lastItemsAt, ...counts } = native
  const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time))
  return { ...counts, lastQueryAt: date(lastQueryAt), lastItemsAt: date(lastItemsAt) }
}
