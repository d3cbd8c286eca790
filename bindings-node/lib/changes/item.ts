import { type InspectOptions, inspect } from 'node:util'
import { addon, type NativeDriveItem, type NativeItem, type NativeListItem } from '../runtime/addon'

/** A user, an application or a device. */
export interface Identity {
  readonly id?: string
  /** The name to show. */
  readonly displayName?: string
  /** The address, where Graph gives one. */
  readonly email?: string
}

/** Hashes of a file's content. The kind of drive decides which ones there are. */
export interface Hashes {
  /** `quickXorHash`, in base64. */
  readonly quickXor?: string
  /** `sha1Hash`, in hexadecimal. */
  readonly sha1?: string
  /** `sha256Hash`, in hexadecimal. */
  readonly sha256?: string
}

/** The item of another drive that an item stands for. */
export interface RemoteItem {
  /** Its id there. */
  readonly id?: string
  /** That drive's id. */
  readonly driveId?: string
  /** Its name there. */
  readonly name?: string
}

/** What every item has. Native code reads its other fields when the first one is accessed. */
abstract class BaseItem<F extends object> {
  /** Unique in its drive or list. */
  readonly id: string
  /** It is gone. Of a deleted item, most fields are `undefined`. */
  readonly deleted: boolean
  readonly #text: string
  readonly #read: (text: string) => F | null
  #fields: F | undefined

  /** @internal */
  constructor({ id, deleted, raw }: NativeItem, read: (text: string) => F | null) {
    this.id = id
    this.deleted = deleted
    this.#text = raw
    this.#read = read
  }

  /** The JSON object as Graph sent it, parsed on each access. */
  get raw(): Record<string, unknown> {
    return JSON.parse(this.#text)
  }

  /** The same as text. */
  get rawText(): string {
    return this.#text
  }

  /** @internal */
  protected get fieldsOfCore(): F {
    this.#fields ??= this.#read(this.#text) ?? ({} as F)
    return this.#fields
  }

  /** All fields except `raw`. */
  abstract toJSON(): Record<string, unknown>

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }
}

/**
 * A file or a folder in its latest state. A field that Graph did not send is `undefined`; `raw` has
 * everything that it sent.
 */
export class DriveItem extends BaseItem<NativeDriveItem> {
  /** Distinguishes it from a {@link ListItem}. */
  readonly type = 'driveItem'

  /** @internal */
  constructor(native: NativeItem) {
    super(native, addon.readDriveItem)
  }

  /** The name, without a path: Graph gives no path, places are by `parentId`. */
  get name(): string | undefined {
    return this.fieldsOfCore.name
  }

  /** The id of the folder it is in; none for the root. */
  get parentId(): string | undefined {
    return this.fieldsOfCore.parentId
  }

  /** The id of its drive. */
  get driveId(): string | undefined {
    return this.fieldsOfCore.driveId
  }

  /** In bytes; of a folder, with all that is in it. */
  get size(): number | undefined {
    return this.fieldsOfCore.size
  }

  get isFile(): boolean {
    return this.fieldsOfCore.isFile
  }

  get isFolder(): boolean {
    return this.fieldsOfCore.isFolder
  }

  /** It is treated as one thing although it holds several, like a notebook. */
  get isPackage(): boolean {
    return this.fieldsOfCore.isPackage
  }

  /** It is the drive's root. */
  get isRoot(): boolean {
    return this.fieldsOfCore.isRoot
  }

  /** A file's media type. */
  get mimeType(): string | undefined {
    return this.fieldsOfCore.mimeType
  }

  /** How many items a folder holds. */
  get childCount(): number | undefined {
    return this.fieldsOfCore.childCount
  }

  get hashes(): Hashes {
    return this.fieldsOfCore.hashes
  }

  /** Changes with the item or anything about it. */
  get eTag(): string | undefined {
    return this.fieldsOfCore.eTag
  }

  /** Changes with the content. */
  get cTag(): string | undefined {
    return this.fieldsOfCore.cTag
  }

  get createdAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.createdAt)
  }

  get modifiedAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.modifiedAt)
  }

  get createdBy(): Identity | undefined {
    return this.fieldsOfCore.createdBy
  }

  get modifiedBy(): Identity | undefined {
    return this.fieldsOfCore.modifiedBy
  }

  /** It is shared with others. */
  get shared(): boolean {
    return this.fieldsOfCore.shared
  }

  /** What it stands for in another drive. */
  get remoteItem(): RemoteItem | undefined {
    return this.fieldsOfCore.remoteItem
  }

  /** Where it is shown in a browser. */
  get webUrl(): string | undefined {
    return this.fieldsOfCore.webUrl
  }

  /** All fields except `raw`. */
  toJSON(): Record<string, unknown> {
    const { type, id, deleted, createdAt, modifiedAt } = this
    return { type, id, deleted, ...this.fieldsOfCore, createdAt, modifiedAt }
  }
}

/**
 * A row of a SharePoint list in its latest state. A field that Graph did not send is `undefined`;
 * `raw` has everything that it sent.
 */
export class ListItem extends BaseItem<NativeListItem> {
  /** Distinguishes it from a {@link DriveItem}. */
  readonly type = 'listItem'

  /** @internal */
  constructor(native: NativeItem) {
    super(native, addon.readListItem)
  }

  get name(): string | undefined {
    return this.fieldsOfCore.name
  }

  /** Changes with the item or anything about it. */
  get eTag(): string | undefined {
    return this.fieldsOfCore.eTag
  }

  /** The name of its content type. */
  get contentType(): string | undefined {
    return this.fieldsOfCore.contentType
  }

  /** The site it belongs to. */
  get siteId(): string | undefined {
    return this.fieldsOfCore.siteId
  }

  get createdAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.createdAt)
  }

  get modifiedAt(): Date | undefined {
    return dateOf(this.fieldsOfCore.modifiedAt)
  }

  get createdBy(): Identity | undefined {
    return this.fieldsOfCore.createdBy
  }

  get modifiedBy(): Identity | undefined {
    return this.fieldsOfCore.modifiedBy
  }

  /** Where it is shown in a browser. */
  get webUrl(): string | undefined {
    return this.fieldsOfCore.webUrl
  }

  /** Its columns, where Graph gives them; parsed at each call. */
  get fields(): Record<string, unknown> | undefined {
    const { fields } = this.fieldsOfCore
    return fields === undefined ? undefined : JSON.parse(fields)
  }

  /** All fields except `raw`. */
  toJSON(): Record<string, unknown> {
    const { type, id, deleted, createdAt, modifiedAt, fields } = this
    return { type, id, deleted, ...this.fieldsOfCore, createdAt, modifiedAt, fields }
  }
}

/** @internal */
export function toItem(native: NativeItem): DriveItem | ListItem {
  return native.ofList ? new ListItem(native) : new DriveItem(native)
}

function dateOf(unixMilliseconds: number | undefined): Date | undefined {
  return unixMilliseconds === undefined ? undefined : new Date(unixMilliseconds)
}
