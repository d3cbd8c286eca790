import { clearTimeout, setTimeout } from '../runtime/timers'

/** How long a change that is done may stay without a note in the file, in milliseconds. */
const PAUSE = 10

/** Notes which changes are done: at once, but no more often than needed. */
export class Progress {
  readonly #note: (sequence: number) => void
  #done: number | undefined
  #noted: number | undefined
  #notedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(note: (sequence: number) => void) {
    this.#note = note
  }

  /** The changes of the present batch are done up to this one. */
  done(sequence: number | undefined): void {
    if (sequence === undefined || sequence === this.#done) return
    this.#done = sequence
    if (performance.now() - this.#notedAt >= PAUSE) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), PAUSE).unref()
  }

  /** Notes what is done now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#done === undefined || this.#done === this.#noted) return
    this.#noted = this.#done
    this.#notedAt = performance.now()
    this.#note(this.#done)
  }

  /** Another batch follows, whose sequences may be those of another drive. */
  nextBatch(): void {
    this.flush()
    this.#done = undefined
    this.#noted = undefined
  }
}
