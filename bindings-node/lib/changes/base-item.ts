import { type InspectOptions, inspect } from 'node:util'
import type { Column, Page } from './page'

/**
 * What every item has. The fields that programs usually read come with the page. Native code reads the
 * others when the first of them is accessed.
 */
export abstract class BaseItem<Fields extends object, Common extends object> {
  /** Unique in its drive or list. */
  readonly id: string
  /** Whether it was deleted. Most fields of a deleted item are `undefined`. */
  readonly deleted: boolean
  readonly #page: Page
  readonly #row: number
  #fields: Fields | undefined

  /** @internal */
  constructor(page: Page, row: number) {
    this.id = page.ids[row] as string
    this.deleted = page.deleted.has(row)
    this.#page = page
    this.#row = row
  }

  /** The JSON object as Graph sent it, parsed on each access. */
  get raw(): Record<string, unknown> {
    return JSON.parse(this.rawText)
  }

  /** The same as text. */
  get rawText(): string {
    return this.#page.textOf(this.#row)
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

  /** All fields except `raw`. */
  abstract toJSON(): Record<string, unknown>

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `${this.constructor.name} ${inspect(this.toJSON(), options)}`
  }
}

/** @internal */
export function dateOf(unixMilliseconds: number | undefined): Date | undefined {
  return unixMilliseconds === undefined ? undefined : new Date(unixMilliseconds)
}
