import { type InspectOptions, inspect } from 'node:util'
import { DriveItem } from '../changes/item'
import { Page } from '../changes/page'
import type { ChangeKind, FoundBy, Trigger } from '../names'
import type { Resource } from '../resource'
import type { Chunk } from './chunk'

/**
 * What happened to an item of a mirrored drive.
 *
 * Applied in the order in which they come, to an empty table of paths, changes give the drive's tree:
 * `created` adds `path`, `deleted` removes it, `renamed` and `moved` take it from `oldPath` to `path`. For
 * a folder, the last three apply to everything in it.
 */
export class Change {
  /** The mirrored drive. */
  readonly resource: Resource
  /**
   * Rises by one with each change of this drive, for ever. A change that comes again after a crash has the
   * sequence that it had.
   */
  readonly sequence: number
  /** What happened. */
  readonly kind: ChangeKind
  /** The item's path from the drive's root, such as `/Reports/plan.pdf`. Of a deleted item, the one that it had. */
  readonly path: string
  /** Where the item was, for `renamed` and `moved`. */
  readonly oldPath: string | undefined
  /**
   * Whether the content of a file changed, judged by its hashes, or else by its cTag. False if only metadata
   * did. True for a file that is new.
   */
  readonly contentChanged: boolean
  /** Whether the item's sharing changed. */
  readonly sharingChanged: boolean
  /** How many items are in a folder that was renamed, moved or deleted, at all depths. */
  readonly descendants: number
  /** The item existed before, and was moved into what the filters choose. */
  readonly movedIn: boolean
  /** The item still exists, and was moved out of what the filters choose. */
  readonly movedOut: boolean
  /** The item itself did not change: a folder above it was renamed, moved or deleted. */
  readonly inherited: boolean
  /** How the mirror found out that the item is gone, if nobody reported it. */
  readonly foundBy: FoundBy | undefined
  /** What caused the delta query that found the change. */
  readonly trigger: Trigger
  /** A text until it is first used. */
  #item: DriveItem | string

  /** @internal */
  constructor(resource: Resource, chunk: Chunk, row: number) {
    const { head } = chunk
    const facts = head.facts[row] as number
    this.resource = resource
    this.sequence = head.sequence[row] as number
    this.kind = head.kind[row] as ChangeKind
    this.path = head.path[row] as string
    this.oldPath = head.oldPath[row] ?? undefined
    this.contentChanged = (facts & 1) !== 0
    this.sharingChanged = (facts & 2) !== 0
    this.descendants = head.descendants[row] as number
    this.movedIn = (facts & 4) !== 0
    this.movedOut = (facts & 8) !== 0
    this.inherited = (facts & 16) !== 0
    this.foundBy = head.foundBy[row] ?? undefined
    this.trigger = head.trigger[row] as Trigger
    this.#item = chunk.itemOf(row)
  }

  /**
   * The item after the change; of a deleted one, what was last known of it. It has what the mirror keeps of
   * an item, or everything with `keepRaw`.
   */
  get item(): DriveItem {
    if (typeof this.#item === 'string') this.#item = new DriveItem(Page.ofItem(this.#item, false), 0)
    return this.#item
  }

  /** All fields. */
  toJSON(): Record<string, unknown> {
    const fields = Object.fromEntries(Object.entries(this))
    return { ...fields, resource: this.resource.toString(), item: this.item.toJSON() }
  }

  /** The fields that say something. @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { kind, path, oldPath, sequence, ...others } = this
    const telling = Object.entries(others).filter(([name, value]) => value && name !== 'client')
    return `${this.constructor.name} ${inspect({ kind, path, ...(oldPath && { oldPath }), sequence, ...Object.fromEntries(telling) }, options)}`
  }
}
