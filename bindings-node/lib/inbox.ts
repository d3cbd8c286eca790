import type { NativeEvent } from './addon'

/** Where events come from. @internal */
export interface Source {
  /** True if something waits. */
  arm(): boolean
  drain(): NativeEvent[]
}

/**
 * The events of a session that have left the core's bounded queue and are not yet handed out: one
 * batch, fetched when the one before is used up, so that a slow consumer is the core's to handle.
 *
 * @internal
 */
export class Inbox {
  readonly #native: Source
  readonly #isGone: ((event: NativeEvent) => boolean) | undefined
  #batch: NativeEvent[] = []
  #next = 0
  #ended = false

  /** `isGone` tells of what was fetched and is not wanted any more. */
  constructor(native: Source, isGone?: (event: NativeEvent) => boolean) {
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
    const left = this.#batch.length - this.#next
    return this.#batch.at(-1)?.type === 'end' ? Math.max(left - 1, 0) : left
  }

  /** The next event, which stays. Without one, the session's bell will ring when there is one. */
  peek(): NativeEvent | undefined {
    for (;;) {
      while (this.usedUp && !this.#ended) {
        if (!this.#native.arm()) return undefined
        this.#batch = this.#native.drain()
        this.#next = 0
      }
      const event = this.#batch[this.#next]
      if (!event || !this.#isGone?.(event)) return event
      this.#next += 1
    }
  }

  /** Takes the event that was peeked at. */
  shift(): void {
    this.#ended = this.#batch[this.#next]?.type === 'end'
    this.#next += 1
  }

  /** Forgets what was fetched; an end that was among it comes again. */
  clear(): void {
    this.#batch = []
    this.#next = 0
  }
}
