import { type InspectOptionsStylized, inspect } from 'node:util'
import { checkMade } from '../check'
import { printed } from '../printed'
import type { Column, Page } from './page'

/**
 * What every item has. The fields that programs usually read come with the page. Native code reads the
 * others when the first of them is accessed.
 *
 * An item is a value: two are deeply equal if Graph sent the same text. `structuredClone` keeps `rawText`,
 * from which `fromRaw` makes the item again.
 */
export abstract class BaseItem<Fields extends object, Common extends object> {
  /** Unique in its drive or list. */
  readonly id: string
  /** Whether it was deleted. Most fields of a deleted item are `undefined`. */
  readonly deleted: boolean
  /**
   * The JSON object as Graph sent it, as text. It may hold a link that Graph signed for downloads
   * (`@microsoft.graph.downloadUrl`): do not log it.
   */
  readonly rawText: string
  readonly #page: Page
  readonly #row: number
  #fields: Fields | undefined

  protected constructor(page: Page, row: number) {
    checkMade(row !== undefined, 'fromRaw')
    this.id = page.ids[row] as string
    this.deleted = page.isDeleted(row)
    // An own property, which deep equality compares and structuredClone copies. It is a view of the
    // page's text, and costs next to nothing; own fields for what is in it would cost what is read.
    this.rawText = page.textOf(row)
    this.#page = page
    this.#row = row
  }

  /** The JSON object as Graph sent it, parsed on each access. */
  get raw(): Record<string, unknown> {
    return JSON.parse(this.rawText)
  }

  /** @internal */
  protected get fieldsOfCore(): Fields {
    this.#fields ??= this.readFields(this.rawText) ?? ({} as Fields)
    return this.#fields
  }

  /** @internal */
  protected get common(): Common {
    return this.#page.common as Common
  }

  /** @internal */
  protected at<T>(column: Column<T>): T | undefined {
    return column[this.#row] ?? undefined
  }

  /** @internal */
  protected abstract readFields(text: string): Fields | null

  /** A JSON object that a field holds as text. @internal */
  protected parsed(text: string | undefined): Record<string, unknown> | undefined {
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** All fields, and `raw`. */
  abstract toJSON(): Record<string, unknown>

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    const { type, raw: _, ...fields } = this.toJSON()
    return printed(type === 'listItem' ? 'ListItem' : 'DriveItem', fields, depth, options)
  }
}

/** @internal */
export function dateOf(unixMilliseconds: number | undefined): Date | undefined {
  return unixMilliseconds === undefined ? undefined : new Date(unixMilliseconds)
}
