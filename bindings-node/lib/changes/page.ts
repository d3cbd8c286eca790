import { unwrap } from '../error'
import { addon, type NativePage } from '../runtime/addon'

/** The values of a field, one for each item. */
export type Column<T> = readonly (T | null)[]

interface Head {
  ids: string[]
  deleted: number[]
  ends: number[]
}

/** Items that came together. They share the text of their JSON, in which each finds its own. */
export class Page {
  readonly #text: string
  readonly #ends: readonly number[]
  /** As JSON until it is first used. */
  #common: string | object
  readonly ids: readonly string[]
  readonly #deleted: ReadonlySet<number> | undefined

  constructor({ text, head, common }: NativePage) {
    const { ids, deleted, ends } = JSON.parse(head) as Head
    this.#text = text
    this.#ends = ends
    this.#common = common
    this.ids = ids
    this.#deleted = deleted.length > 0 ? new Set(deleted) : undefined
  }

  /**
   * A page of one item, with a text of its own.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name `raw`.
   */
  static ofItem(text: string, ofList: boolean): Page {
    return new Page(unwrap(addon.readPage(text, ofList)))
  }

  /** The fields that programs usually read, each as a {@link Column}. They are read together, on first use. */
  get common(): object {
    if (typeof this.#common === 'string') this.#common = JSON.parse(this.#common) as object
    return this.#common
  }

  isDeleted(row: number): boolean {
    return this.#deleted?.has(row) ?? false
  }

  /** The JSON of an item. */
  textOf(row: number): string {
    return this.#text.slice(this.#ends[row - 1] ?? 0, this.#ends[row])
  }
}
