import type { NativeEvent, NativeEvents } from '../runtime/addon'
import { type Fetched, isLastOfText, PackedNotification, ROW } from './packed-notification'

/** Where events come from. @internal */
export interface Source {
  /** True if something waits. */
  arm(): boolean
  drain(): NativeEvents
}

/**
 * The events of a session that have left the core's bounded queue and are not yet handed out: one
 * batch, fetched when the one before is used up, so that a slow consumer is the core's to handle.
 *
 * @internal
 */
export class Inbox {
  readonly #native: Source
  readonly #isGone: ((event: Fetched) => boolean) | undefined
  #batch: readonly (string | NativeEvent)[] = NOTHING
  #numbers: Float64Array = NONE
  #next = 0
  #row = 0
  /** The next one, once it was peeked at. */
  #peeked: Fetched | undefined
  #ended = false

  /** `isGone` tells of what was fetched and is not wanted any more. */
  constructor(native: Source, isGone?: (event: Fetched) => boolean) {
    this.#native = native
    this.#isGone = isGone
  }

  /** Whether the last event of all has been taken. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether the next event takes a call to native code. */
  get usedUp(): boolean {
    return this.#next === this.#batch.length
  }

  /** How many events have been fetched and not taken. */
  get size(): number {
    const packed = (this.#numbers.length - this.#row) / ROW
    const others = this.#batch.slice(this.#next).filter((event) => typeof event === 'object' && event.type !== 'end')
    return packed + others.length
  }

  /** The next event, which stays. Without one, the session's bell will ring when there is one. */
  peek(): Fetched | undefined {
    for (;;) {
      while (this.usedUp && !this.#ended) {
        if (!this.#native.arm()) return undefined
        this.#fetch()
      }
      this.#peeked ??= this.#unpacked()
      if (!this.#peeked || !this.#isGone?.(this.#peeked)) return this.#peeked
      this.#pass()
    }
  }

  /** Takes the event that was peeked at. */
  shift(): void {
    this.#ended = isEnd(this.#batch[this.#next])
    this.#pass()
  }

  /** Forgets what was fetched; an end that was among it comes again. */
  clear(): void {
    this.#begin(NOTHING, NONE)
  }

  #fetch(): void {
    const { events, numbers } = this.#native.drain()
    this.#begin(events, numbers ?? NONE)
  }

  #begin(batch: readonly (string | NativeEvent)[], numbers: Float64Array): void {
    this.#batch = batch
    this.#numbers = numbers
    this.#next = 0
    this.#row = 0
    this.#peeked = undefined
  }

  #unpacked(): Fetched | undefined {
    const event = this.#batch[this.#next]
    return typeof event === 'string' ? new PackedNotification(event, this.#numbers, this.#row) : event
  }

  #pass(): void {
    this.#peeked = undefined
    if (typeof this.#batch[this.#next] === 'string') {
      this.#row += ROW
      if (!isLastOfText(this.#numbers, this.#row - ROW)) return
    }
    this.#next += 1
    // What was handed out must not live on here, which may be for hours.
    if (this.usedUp) this.clear()
  }
}

const NOTHING: readonly never[] = []
const NONE = new Float64Array(0)

function isEnd(event: string | NativeEvent | undefined): boolean {
  return typeof event === 'object' && event.type === 'end'
}
