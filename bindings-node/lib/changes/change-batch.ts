import { type InspectOptionsStylized, inspect } from 'node:util'
import { checkBoolean, checkFields, checkList, checkMade, checkName, checkString, MADE } from '../check'
import { NAMES, type Trigger } from '../names'
import { printed } from '../printed'
import type { NativeBatch } from '../runtime/addon'
import { DriveItem, ListItem } from './item'
import { type Item, type ItemCopy, itemOf } from './item-type'
import { Page } from './page'

/** The fields of a {@link ChangeBatch} that is made by hand. */
export interface ChangeBatchFields<Of extends Item = Item> {
  /** The items, also those that came back from JSON or from `structuredClone`. Default: none. */
  items?: Iterable<Of | ItemCopy> | undefined
  /** Where to continue. */
  checkpoint: string
  /** Default: `hint`. */
  trigger?: Trigger | undefined
  /** Default: false. */
  initial?: boolean | undefined
  /** Default: true. */
  caughtUp?: boolean | undefined
  /** Default: undefined. */
  snapshot?: string | undefined
  /** Default: undefined. */
  resyncCode?: string | undefined
}

/** What a batch is made of. */
export type BatchParts<Of extends Item> = Pick<ChangeBatch<Of>, keyof ChangeBatchFields>

/**
 * Items that changed, and the checkpoint after them.
 *
 * **At least once**: store the checkpoint after the items, or in one transaction with them. If you
 * start again from it, items may come twice, but none is lost.
 *
 * **Mark and sweep**: to keep a copy of the drive, mark each row with the `snapshot` of the latest
 * batch that contained it. When a batch is `caughtUp` and has a snapshot, delete the rows whose mark
 * is older or missing: those items were deleted unannounced. Compare snapshots as strings.
 *
 * A batch is a value: equal ones are deeply equal, and {@link ChangeBatch.from} takes one that came back
 * from JSON or from `structuredClone`, as in a worker.
 */
export class ChangeBatch<Of extends Item = Item> {
  /**
   * The items that changed, each once and in its latest state: {@link DriveItem}s of a drive,
   * {@link ListItem}s of a list; `type` distinguishes them. If an item comes in several batches, the
   * last one counts.
   */
  readonly items: readonly Of[]
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

  protected constructor(parts: BatchParts<Of>, made: typeof MADE) {
    checkMade(made === MADE, 'from')
    this.items = parts.items
    this.checkpoint = parts.checkpoint
    this.trigger = parts.trigger
    this.initial = parts.initial
    this.caughtUp = parts.caughtUp
    this.snapshot = parts.snapshot
    this.resyncCode = parts.resyncCode
  }

  /** @internal */
  static of<Of extends Item>(native: NativeBatch): ChangeBatch<Of> {
    return new ChangeBatch(partsOf<Of>(native), MADE)
  }

  /**
   * Makes a batch by hand, for tests of what handles it, or of one that came back from JSON or from
   * `structuredClone`.
   *
   * ```ts
   * const item = DriveItem.fromRaw({ id: '1', name: 'plan.pdf', file: {} })
   * ChangeBatch.from({ items: [item], checkpoint: 'c' })
   * ```
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static from<Of extends Item = Item>(fields: ChangeBatchFields<Of>): ChangeBatch<Of> {
    checkFields(fields, FIELDS)
    return new ChangeBatch(partsFrom(fields), MADE)
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    const name = 'resource' in this ? 'MemberBatch' : 'ChangeBatch'
    const { client: _, ...fields } = this as ChangeBatch<Of> & { client?: unknown }
    const checkpoint = shortened(this.checkpoint)
    return printed(name, { ...fields, items: new Listed(this.items), checkpoint }, depth, options)
  }
}

/** The fields of a batch that is made by hand. @internal */
export const FIELDS: readonly string[] = [
  'items',
  'checkpoint',
  'trigger',
  'initial',
  'caughtUp',
  'snapshot',
  'resyncCode',
] satisfies (keyof ChangeBatchFields)[]

/** @internal */
export function partsOf<Of extends Item>(native: NativeBatch): BatchParts<Of> {
  const page = new Page(native.page)
  const items = page.ids.map((_, row) => (native.page.ofList ? ListItem.of(page, row) : DriveItem.of(page, row)))
  const { checkpoint, trigger, initial, caughtUp, snapshot, resyncCode } = native
  return { items: items as Of[], checkpoint, trigger: trigger as Trigger, initial, caughtUp, snapshot, resyncCode }
}

/** @internal */
export function partsFrom<Of extends Item>(fields: ChangeBatchFields<Of>): BatchParts<Of> {
  const { items = [], checkpoint, trigger = 'hint', initial = false, caughtUp = true, snapshot, resyncCode } = fields
  checkList('items', items)
  checkString('checkpoint', checkpoint)
  checkName('trigger', trigger, NAMES.Trigger)
  checkBoolean('initial', initial)
  checkBoolean('caughtUp', caughtUp)
  if (snapshot !== undefined) checkString('snapshot', snapshot)
  if (resyncCode !== undefined) checkString('resyncCode', resyncCode)
  return { items: Array.from(items, itemOf) as Of[], checkpoint, trigger, initial, caughtUp, snapshot, resyncCode }
}

/** How many items of a batch are printed. */
const PRINTED = 3

/** Items by their names, of which the first few are printed. */
class Listed {
  readonly #items: readonly Item[]

  constructor(items: readonly Item[]) {
    this.#items = items
  }

  [inspect.custom](_depth: number | null, options: InspectOptionsStylized): string {
    // Beyond what is printed, only the number counts.
    const names = this.#items.map(({ name, id, deleted }, row) =>
      row < PRINTED ? `${deleted ? 'deleted ' : ''}${name ?? id}` : '',
    )
    return inspect(names, { ...options, maxArrayLength: PRINTED })
  }
}

/** A checkpoint is as long as Graph's link in it. */
function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 24)}… (${text.length} characters)` : text
}
