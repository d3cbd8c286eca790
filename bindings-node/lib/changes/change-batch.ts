import type { NativeBatch } from '../runtime/addon'
import { type DriveItem, type ListItem, toItem } from './item'

/**
 * Why a batch was looked for. `start`: the iteration has begun. `hint`: the service said that
 * something changed. `resync`: something may have changed while nobody could be told. `poll`: the
 * subscription is not live. `safety`: nothing was announced for `safetyInterval`. `lag`: an earlier
 * look may not have found all that was announced.
 */
export type Trigger = NativeBatch['trigger']

/**
 * Items that changed, and the checkpoint behind them.
 *
 * **At least once**: store the checkpoint after the items, or together with them. After a restart
 * from it the same items may come again, and none is left out.
 *
 * **Mark and sweep**: mark every row with the `snapshot` of the batch that brought it last, and when
 * a batch is `caughtUp` and has a snapshot, remove the rows with an older mark or none: they went
 * while nobody could be told of it. Snapshots sort as texts.
 */
export class ChangeBatch {
  /**
   * What changed, each in its latest state and at most once: {@link DriveItem}s of a drive,
   * {@link ListItem}s of a list, told apart by `type`. Of an item that comes in several batches, the
   * last state stands.
   */
  readonly items: readonly (DriveItem | ListItem)[]
  /** Where to go on from once the items are processed: an opaque text, for the option `since`. */
  readonly checkpoint: string
  /** What caused the look at the drive. */
  readonly trigger: Trigger
  /** Everything that Graph knew of was told. */
  readonly caughtUp: boolean
  /**
   * The enumeration that the items belong to; `undefined` if the iteration began at `now` and never
   * had to enumerate.
   */
  readonly snapshot: string | undefined
  /**
   * Graph had lost track and everything is enumerated anew (HTTP 410): its code, on the first batch
   * of the new snapshot. `resyncChangesApplyDifferences`: what is missing from the new enumeration
   * was deleted. `resyncChangesUploadDifferences`: it may be that Graph has lost it, and a program
   * that keeps copies should compare them before it removes anything.
   */
  readonly resyncCode: string | undefined

  /** @internal */
  constructor(native: NativeBatch) {
    this.items = native.items.map(toItem)
    this.checkpoint = native.checkpoint
    this.trigger = native.trigger
    this.caughtUp = native.caughtUp
    this.snapshot = native.snapshot
    this.resyncCode = native.resyncCode
  }
}
