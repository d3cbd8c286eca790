import { type InspectOptionsStylized, inspect } from 'node:util'
import { DriveItem } from '../changes/item'
import type { ItemCopy } from '../changes/item-type'
import { checkBoolean, checkCount, checkFields, checkMade, checkName, checkObject, checkString } from '../check'
import { type ChangeKind, type FoundBy, NAMES, type Trigger } from '../names'
import { printed } from '../printed'
import { type Resource, resourceOf } from '../resource'
import { Chunk, type ItemTexts, valueAt } from './chunk'

/** The fields of a {@link Change} that is made by hand. */
export interface ChangeFields {
  /** The mirrored drive, or its path. */
  resource: Resource | string
  /** What happened. */
  kind: ChangeKind
  /** The item's path from the drive's root. */
  path: string
  /** The item after the change, also one that came back from JSON. Or give its `itemText`. */
  item?: DriveItem | ItemCopy | undefined
  /** The JSON of the item, as text. */
  itemText?: string | undefined
  /** Default: undefined. */
  oldPath?: string | undefined
  /** Default: 1. */
  sequence?: number | undefined
  /** Default: false. */
  contentChanged?: boolean | undefined
  /** Default: false. */
  sharingChanged?: boolean | undefined
  /** Default: 0. */
  descendants?: number | undefined
  /** Default: false. */
  movedIn?: boolean | undefined
  /** Default: false. */
  movedOut?: boolean | undefined
  /** Default: false. */
  inherited?: boolean | undefined
  /** Default: undefined. */
  foundBy?: FoundBy | undefined
  /** Default: `hint`. */
  trigger?: Trigger | undefined
}

/**
 * What happened to an item of a mirrored drive.
 *
 * Applied in the order in which they come, to an empty table of paths, changes give the drive's tree:
 * `created` adds `path`, `deleted` removes it, `renamed` and `moved` take it from `oldPath` to `path`. For
 * a folder, the last three apply to everything in it.
 */
export class Change {
  /** The mirrored drive. */
  readonly resource: Resource<'drive'>
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
  /** The JSON of {@link Change.item}, as text. */
  declare readonly itemText: string
  readonly #items: ItemTexts
  readonly #row: number
  #item: DriveItem | undefined

  /** Own and enumerable as the other fields, but made when it is read: most programs read it of few changes. */
  static readonly #itemText: PropertyDescriptor & ThisType<Change> = {
    enumerable: true,
    get() {
      return this.#items.of(this.#row)
    },
  }

  protected constructor(resource: Resource, chunk: Chunk, row: number) {
    checkMade(row !== undefined, 'Change.from')
    const { head } = chunk
    const facts = valueAt(head.facts, row)
    this.resource = resource as Resource<'drive'>
    this.sequence = head.sequence[row] as number
    this.kind = valueAt(head.kind, row)
    this.path = head.path[row] as string
    this.oldPath = valueAt(head.oldPath, row) ?? undefined
    this.contentChanged = (facts & CONTENT_CHANGED) !== 0
    this.sharingChanged = (facts & SHARING_CHANGED) !== 0
    this.descendants = valueAt(head.descendants, row)
    this.movedIn = (facts & MOVED_IN) !== 0
    this.movedOut = (facts & MOVED_OUT) !== 0
    this.inherited = (facts & INHERITED) !== 0
    this.foundBy = valueAt(head.foundBy, row) ?? undefined
    this.trigger = valueAt(head.trigger, row)
    this.#items = chunk.items
    this.#row = row
    Object.defineProperty(this, 'itemText', Change.#itemText)
  }

  /** @internal */
  static of(resource: Resource, chunk: Chunk, row: number): Change {
    return new Change(resource, chunk, row)
  }

  /**
   * Makes a change by hand, for tests of what handles it. It also takes one that came back from JSON
   * or from `structuredClone`.
   *
   * ```ts
   * const item = DriveItem.fromRaw({ id: '1', name: 'plan.pdf', file: {} })
   * Change.from({ kind: 'created', path: '/plan.pdf', item, resource: '/me/drive' })
   * ```
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static from(fields: ChangeFields): Change {
    return new Change(resourceOf(fields?.resource), chunkFrom(fields), 0)
  }

  /**
   * The item after the change; of a deleted one, what was last known of it. It has what the mirror keeps of
   * an item, or everything with `keepRaw`.
   */
  get item(): DriveItem {
    this.#item ??= DriveItem.fromRaw(this.itemText)
    return this.#item
  }

  /** All fields. {@link Change.from} takes them. */
  toJSON(): Record<string, unknown> {
    const { itemText: _, ...fields } = this
    return { ...fields, item: this.item }
  }

  /** The fields that say something. @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    const { kind, path, oldPath, sequence, itemText: _, ...others } = this
    const { client: __, descendants, ...telling } = others as typeof others & { client?: unknown }
    const name = 'client' in this ? 'MemberChange' : 'Change'
    const fields = { kind, path, oldPath, sequence, descendants: descendants || undefined, ...telling }
    return printed(name, fields, depth, options)
  }
}

/** The bits of `facts`, which `mirror/chunk.rs` sets. */
const CONTENT_CHANGED = 1
const SHARING_CHANGED = 2
const MOVED_IN = 4
const MOVED_OUT = 8
const INHERITED = 16

const FLAGS = {
  contentChanged: CONTENT_CHANGED,
  sharingChanged: SHARING_CHANGED,
  movedIn: MOVED_IN,
  movedOut: MOVED_OUT,
  inherited: INHERITED,
}

const OTHERS = [
  'resource',
  'kind',
  'path',
  'item',
  'itemText',
  'oldPath',
  'sequence',
  'descendants',
  'foundBy',
  'trigger',
]

/** @internal */
export function chunkFrom(fields: ChangeFields): Chunk {
  checkFields(fields, [...OTHERS, ...Object.keys(FLAGS)])
  const { kind, path, oldPath, sequence = 1, descendants = 0, foundBy, trigger = 'hint' } = fields
  const { itemText, item = itemText === undefined ? undefined : { type: 'driveItem', rawText: itemText } } = fields
  checkName('kind', kind, NAMES.ChangeKind)
  checkString('path', path)
  checkObject('item', item)
  if (oldPath !== undefined) checkString('oldPath', oldPath)
  checkCount('sequence', sequence)
  checkCount('descendants', descendants)
  if (foundBy !== undefined) checkName('foundBy', foundBy, NAMES.FoundBy)
  checkName('trigger', trigger, NAMES.Trigger)
  let facts = 0
  for (const [name, bit] of Object.entries(FLAGS)) {
    const isSet = (fields as unknown as Record<string, unknown>)[name] ?? false
    checkBoolean(name, isSet)
    if (isSet) facts |= bit
  }
  const { rawText, raw = rawText } = item as ItemCopy
  const text = item instanceof DriveItem ? item.rawText : DriveItem.fromRaw(raw as object).rawText
  const items = Buffer.from(text)
  const rows = { ends: items.length, sequence, kind, path, oldPath, facts, descendants, foundBy, trigger }
  const head = Object.fromEntries(Object.entries(rows).map(([name, value]) => [name, [value]]))
  return new Chunk({ head: JSON.stringify(head), items })
}
