import type { ChangeKind, FoundBy, Trigger } from '../names'
import type { NativeChunk, NativeParts } from '../runtime/addon'
import type { Part } from './change-stream'

/** The fields of changes, each with a value for each change. */
interface Head {
  readonly ends: number[]
  readonly sequence: number[]
  readonly kind: ChangeKind[]
  readonly path: string[]
  readonly oldPath: (string | null)[]
  readonly facts: number[]
  readonly descendants: number[]
  readonly foundBy: (FoundBy | null)[]
  readonly trigger: Trigger[]
}

/** Changes that came together. */
export class Chunk {
  readonly head: Head
  readonly #items: string

  constructor({ head, items }: NativeChunk) {
    this.head = JSON.parse(head) as Head
    this.#items = items
  }

  /** The JSON of an item. */
  itemOf(row: number): string {
    const { ends } = this.head
    return this.#items.slice(ends[row - 1] ?? 0, ends[row])
  }

  /** One for each change. */
  map<Change>(toChange: (chunk: Chunk, row: number) => Change): Change[] {
    return this.head.sequence.map((_, row) => toChange(this, row))
  }
}

/** @internal */
export function toPart<Change>(
  { parts, more }: NativeParts,
  toChange: (chunk: Chunk, row: number) => Change,
): Part<Change> {
  return { elements: parts.flatMap((chunk) => new Chunk(chunk).map(toChange)), more }
}
