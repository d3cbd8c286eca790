import { type ChangesStats, toChangesStats } from '../changes/stats'
import type { NativeMirrorStats } from '../runtime/addon'

/** The statistics of a mirrored drive's tree. The file keeps them, so they go on after a restart. */
export interface TreeStats {
  /** How many items the mirror has. */
  readonly rows: number
  /** How many items wait for their folder: Graph has sent them before it, or never sent it. */
  readonly waiting: number
  /** How many changes are kept until the program has asked for the next one. */
  readonly outbox: number
  /** The sequence of the last change; 0 before the first. */
  readonly sequence: number
  /** The sequence of the last change that is done; 0 before the first. */
  readonly acknowledged: number
  /**
   * How many items came without any difference, or, of a folder, with none but what follows from its
   * content: its size, times and tags.
   */
  readonly suppressed: number
  /** How many rows were wrong when an audit or a resync came: gone, different, or missing. */
  readonly drift: number
  /** The size of the file in bytes, with its write-ahead log. */
  readonly fileSize: number
  /** Whether the first enumeration is complete. */
  readonly ready: boolean
}

/** The statistics of a mirror. */
export interface MirrorStats extends TreeStats {
  /** Those of its stream of changes, since it started. */
  readonly changes: ChangesStats
}

/** @internal */
export function toMirrorStats({ tree, changes }: NativeMirrorStats): MirrorStats {
  return { ...tree, changes: toChangesStats(changes) }
}
