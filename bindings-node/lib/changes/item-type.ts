import { checkObject } from '../check'
import { invalidArgument } from '../error'
import type { ResourceKind } from '../names'
import { DriveItem, ListItem } from './item'

/** An item of a drive or of a list; `type` distinguishes them. */
export type Item = DriveItem | ListItem

/** The items of a resource of this kind: both, if it may be either. */
export type ItemOf<Kind extends ResourceKind> = Kind extends 'list' ? ListItem : DriveItem

/** The kind of resource that has these items. */
export type KindOf<Of extends Item> = Of extends ListItem ? 'list' : 'drive'

/** An item that came back from JSON, or from `structuredClone`. */
export interface ItemCopy {
  /** The class of the item. */
  readonly type: Item['type']
  /** Its JSON, parsed. */
  readonly raw?: object
  /** Its JSON, as text. */
  readonly rawText?: string
}

/** An item from itself, or from a copy of it. @internal */
export function itemOf(value: unknown): Item {
  if (value instanceof DriveItem || value instanceof ListItem) return value
  checkObject('items', value)
  const { type, rawText, raw = rawText } = value
  if (type === 'driveItem') return DriveItem.fromRaw(raw as object)
  if (type === 'listItem') return ListItem.fromRaw(raw as object)
  throw invalidArgument('items', 'must be DriveItems or ListItems, or copies of them, with a type and raw')
}
