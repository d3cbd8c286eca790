import type { Trigger } from '../names'
import type { NativeBatch } from '../runtime/addon'
import { DriveItem, ListItem } from './item'
import { Page } from './page'

/**
 * Items that changed, and the checkpoint after them.
 *
 * **At least once**: store the checkpoint after the items, or in one transaction with them. If you
 * start again from it, items may come twice, but none is lost.
 *
 * **Mark and sweep**: to keep a copy of the drive, mark each row with the `snapshot` of the latest
 * batch that contained it. When a batch is `caughtUp` and has a snapshot, delete the rows whose mark
 * is older or missing: those items were deleted unannounced. Compare snapshots as strings.
 */
export class ChangeBatch {
  /**
   * The items that changed, each once and in its latest state: {@link DriveItem}s of a drive,
   * {@link ListItem}s of a list; `type` distinguishes them. If an item comes in several batches, the
   * last one counts.
   */
  readonly items: readonly (DriveItem | ListItem)[]
  /** Where to continue once the items are processed: an opaque string for the option `since`. */
  readonly checkpoint: string
  /** What caused the delta query. */
  readonly trigger: Trigger
  /**
   * Whether the items were there when the stream began: the batch belongs to the first enumeration, which
   * ends with the first batch that is `caughtUp`, also after restarts in between. False for what has
   * changed since, for later enumerations, and for a stream that began at `now`.
   */
  readonly initial: boolean
  /** Whether this was the last batch for now: Graph has no further changes. */
  readonly caughtUp: boolean
  /**
   * The id of the enumeration that the items belong to; `undefined` if the stream started from `now`
   * and Graph has not lost track since.
   */
  readonly snapshot: string | undefined
  /**
   * Graph's code when it lost track (HTTP 410) and everything is enumerated again; set on the first
   * batch of the new snapshot. `resyncChangesApplyDifferences`: items missing from the new enumeration
   * were deleted. `resyncChangesUploadDifferences`: Graph may have lost them, so compare your copies
   * before you delete any.
   */
  readonly resyncCode: string | undefined

  /** @internal */
  constructor(native: NativeBatch) {
    const page = new Page(native.page)
    this.items = page.ids.map((_, row) => (native.page.ofList ? new ListItem(page, row) : new DriveItem(page, row)))
    this.checkpoint = native.checkpoint
    this.trigger = native.trigger as Trigger
    this.initial = native.initial
    this.caughtUp = native.caughtUp
    this.snapshot = native.snapshot
    this.resyncCode = native.resyncCode
  }
}
