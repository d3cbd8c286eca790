// Written by `make generate` from core/src/changes/fields.rs; do not edit.
import { jsonTextOf } from '../check'
import { addon, type NativeDriveItem, type NativeListItem } from '../runtime/addon'
import { BaseItem, dateOf } from './base-item'
import { type Column, Page } from './page'

/** Who did something: a user, an application, a device or a group. */
export interface Identity {
  /** The id. */
  readonly id?: string
  /** The name to show. */
  readonly displayName?: string
  /** The e-mail address, if Graph sent one. */
  readonly email?: string
}

/** The hashes of a file's content. Which of them exist depends on the kind of drive. */
export interface Hashes {
  /** Graph's `quickXorHash`, in base64. */
  readonly quickXor?: string
  /** Graph's `sha1Hash`, in hexadecimal. */
  readonly sha1?: string
  /** Graph's `sha256Hash`, in hexadecimal. */
  readonly sha256?: string
}

/** The item of another drive that an item links to. */
export interface RemoteItem {
  /** The item's id in the other drive. */
  readonly id?: string
  /** The id of the other drive. */
  readonly driveId?: string
  /** The item's name in the other drive. */
  readonly name?: string
}

interface DriveItemCommon {
  readonly parentId: Column<string>
  readonly name: Column<string>
  readonly size: Column<number>
  readonly isFile: Column<boolean>
  readonly isFolder: Column<boolean>
  readonly modifiedAt: Column<number>
}

/**
 * A file or folder of a drive, in its latest state, as Graph's delta query reports it.
 *
 * A field that Graph did not send is `undefined`: a deleted item has few fields. `raw` has
 * everything that Graph sent.
 */
export class DriveItem extends BaseItem<NativeDriveItem, DriveItemCommon> {
  /** Distinguishes the classes of items. */
  readonly type = 'driveItem'

  /** @internal */
  static of(page: Page, row: number): DriveItem {
    return new DriveItem(page, row)
  }

  /**
   * Makes an item of the JSON that Graph sends, for tests of what handles items, and for programs
   * that store them.
   *
   * @param raw a JSON object with an `id`, as a string or parsed: the `raw` or `rawText` of an
   * item, also one that came back from JSON or from `structuredClone`.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name `raw`, for anything else.
   */
  static fromRaw(raw: string | object): DriveItem {
    return new DriveItem(Page.ofItem(jsonTextOf('raw', raw), false), 0)
  }

  /** @internal */
  protected readFields(text: string): NativeDriveItem | null {
    return addon.readDriveItem(text)
  }

  /** The id of the folder that holds the item; `undefined` for the drive's root. */
  get parentId(): string | undefined {
    return this.at(this.common.parentId)
  }

  /** The id of the item's drive. */
  get driveId(): string | undefined {
    return this.fieldsOfCore.driveId
  }

  /** The item's name, without a path. */
  get name(): string | undefined {
    return this.at(this.common.name)
  }

  /** Size in bytes; for a folder, the size of everything in it. */
  get size(): number | undefined {
    return this.at(this.common.size)
  }

  /** Whether the item is a file. */
  get isFile(): boolean {
    return this.at(this.common.isFile) === true
  }

  /** Whether the item is a folder. */
  get isFolder(): boolean {
    return this.at(this.common.isFolder) === true
  }

  /** Whether the item is a package: several files shown as one item, such as a notebook. */
  get isPackage(): boolean {
    return this.fieldsOfCore.isPackage
  }

  /** Whether the item is the root of its drive. */
  get isRoot(): boolean {
    return this.fieldsOfCore.isRoot
  }

  /** A file's media type, such as `text/plain`. */
  get mimeType(): string | undefined {
    return this.fieldsOfCore.mimeType
  }

  /** The number of items directly in a folder. */
  get childCount(): number | undefined {
    return this.fieldsOfCore.childCount
  }

  /** The hashes of a file's content. */
  get hashes(): Hashes {
    return this.fieldsOfCore.hashes
  }

  /** Graph's `eTag`: changes with the item's content and with its metadata. */
  get eTag(): string | undefined {
    return this.fieldsOfCore.eTag
  }

  /** Graph's `cTag`: changes with the item's content only. */
  get cTag(): string | undefined {
    return this.fieldsOfCore.cTag
  }

  /** When the item was created (UTC). */
  get createdAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.createdAt)
  }

  /** When the item was last modified (UTC). */
  get modifiedAt(): Date | undefined {
    return dateOf(this.at(this.common.modifiedAt))
  }

  /** Who created the item. */
  get createdBy(): Identity | undefined {
    return this.fieldsOfCore.createdBy
  }

  /** Who last modified the item. */
  get modifiedBy(): Identity | undefined {
    return this.fieldsOfCore.modifiedBy
  }

  /** Whether the item is shared with others. */
  get shared(): boolean {
    return this.fieldsOfCore.shared
  }

  /** The item of another drive that this item links to. */
  get remoteItem(): RemoteItem | undefined {
    return this.fieldsOfCore.remoteItem
  }

  /** The address that shows the item in a browser. */
  get webUrl(): string | undefined {
    return this.fieldsOfCore.webUrl
  }

  /**
   * The same item without its page: the items of a page, and the `rawText` of each, share its text,
   * so that keeping one of them keeps the whole page in memory.
   */
  detached(): DriveItem {
    return new DriveItem(Page.ofItem(this.rawText, false), 0)
  }

  /** All fields, and `raw`. */
  toJSON(): Record<string, unknown> {
    const { type, id, deleted, createdAt, modifiedAt, raw } = this
    return { type, id, deleted, ...this.fieldsOfCore, createdAt, modifiedAt, raw }
  }
}

interface ListItemCommon {
  readonly name: Column<string>
  readonly modifiedAt: Column<number>
}

/**
 * A row of a SharePoint list, in its latest state, as Graph's delta query reports it.
 *
 * A field that Graph did not send is `undefined`: a deleted row has few fields. `raw` has
 * everything that Graph sent.
 */
export class ListItem extends BaseItem<NativeListItem, ListItemCommon> {
  /** Distinguishes the classes of items. */
  readonly type = 'listItem'

  /** @internal */
  static of(page: Page, row: number): ListItem {
    return new ListItem(page, row)
  }

  /**
   * Makes an item of the JSON that Graph sends, for tests of what handles items, and for programs
   * that store them.
   *
   * @param raw a JSON object with an `id`, as a string or parsed: the `raw` or `rawText` of an
   * item, also one that came back from JSON or from `structuredClone`.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name `raw`, for anything else.
   */
  static fromRaw(raw: string | object): ListItem {
    return new ListItem(Page.ofItem(jsonTextOf('raw', raw), true), 0)
  }

  /** @internal */
  protected readFields(text: string): NativeListItem | null {
    return addon.readListItem(text)
  }

  /** The row's name. */
  get name(): string | undefined {
    return this.at(this.common.name)
  }

  /** Graph's `eTag`: changes whenever the row changes. */
  get eTag(): string | undefined {
    return this.fieldsOfCore.eTag
  }

  /** The name of the row's content type. */
  get contentType(): string | undefined {
    return this.fieldsOfCore.contentType
  }

  /** The id of the site that the list belongs to. */
  get siteId(): string | undefined {
    return this.fieldsOfCore.siteId
  }

  /** When the row was created (UTC). */
  get createdAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.createdAt)
  }

  /** When the row was last modified (UTC). */
  get modifiedAt(): Date | undefined {
    return dateOf(this.at(this.common.modifiedAt))
  }

  /** Who created the row. */
  get createdBy(): Identity | undefined {
    return this.fieldsOfCore.createdBy
  }

  /** Who last modified the row. */
  get modifiedBy(): Identity | undefined {
    return this.fieldsOfCore.modifiedBy
  }

  /** The address that shows the row in a browser. */
  get webUrl(): string | undefined {
    return this.fieldsOfCore.webUrl
  }

  /** The row's columns as a JSON object, if Graph sent them (parsed at each access). */
  get fields(): Record<string, unknown> | undefined {
    return this.parsed(this.fieldsOfCore.fields)
  }

  /**
   * The same item without its page: the items of a page, and the `rawText` of each, share its text,
   * so that keeping one of them keeps the whole page in memory.
   */
  detached(): ListItem {
    return new ListItem(Page.ofItem(this.rawText, true), 0)
  }

  /** All fields, and `raw`. */
  toJSON(): Record<string, unknown> {
    const { type, id, deleted, createdAt, modifiedAt, fields, raw } = this
    return { type, id, deleted, ...this.fieldsOfCore, createdAt, modifiedAt, fields, raw }
  }
}
