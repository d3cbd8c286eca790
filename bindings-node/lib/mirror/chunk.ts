import type { ChangeKind, FoundBy, Trigger } from '../names'
import type { NativeChunk, NativeParts } from '../runtime/addon'
import type { Part } from './change-stream'

/** The values of a field, one for each change, or one that all of them have. */
type Column<Value extends string | number | null> = Value[] | Value

/** The fields of changes. */
interface Head {
  readonly ends: number[]
  readonly sequence: number[]
  readonly kind: Column<ChangeKind>
  readonly path: string[]
  readonly oldPath: Column<string | null>
  readonly facts: Column<number>
  readonly descendants: Column<number>
  readonly foundBy: Column<FoundBy | null>
  readonly trigger: Column<Trigger>
}

/** Changes that came together. */
export class Chunk {
  readonly head: Head
  readonly items: ItemTexts

  constructor({ head, items }: Pick<NativeChunk, 'head' | 'items'>) {
    this.head = JSON.parse(head) as Head
    this.items = new ItemTexts(items, this.head.ends)
  }

  /** One for each change. */
  map<Change>(toChange: (chunk: Chunk, row: number) => Change): Change[] {
    return this.head.sequence.map((_, row) => toChange(this, row))
  }
}

/**
 * The JSON of the items of a chunk, outside of V8's heap: a text becomes a string when it is read. Strings that
 * nobody reads would let V8 keep a larger heap.
 */
export class ItemTexts {
  readonly #bytes: Buffer
  readonly #ends: number[]

  constructor(bytes: Buffer, ends: number[]) {
    this.#bytes = bytes
    this.#ends = ends
  }

  of(row: number): string {
    return this.#bytes.toString('utf8', this.#ends[row - 1] ?? 0, this.#ends[row])
  }
}

/** The value of a row. @internal */
export function valueAt<Value extends string | number | null>(column: Column<Value>, row: number): Value {
  return Array.isArray(column) ? (column[row] as Value) : column
}

/** @internal */
export function toPart<Change>(
  { parts, more }: NativeParts,
  toChange: (chunk: Chunk, row: number) => Change,
): Part<Change> {
  return { elements: parts.flatMap((chunk) => new Chunk(chunk).map(toChange)), more }
}
