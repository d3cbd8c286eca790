import { type InspectOptions, inspect } from 'node:util'
import type { NativeItem } from '../runtime/addon'

/** What every item has. Native code reads its other fields when the first one is accessed. */
export abstract class BaseItem<F extends object> {
  /** Unique in its drive or list. */
  readonly id: string
  /** Whether it was deleted. Most fields of a deleted item are `undefined`. */
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
