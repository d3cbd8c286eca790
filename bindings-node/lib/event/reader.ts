import type { SetEvent } from './event'
import type { Notification } from './notification'

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: Error): void
}

/** What a reader asks of its subscription. @internal */
export interface Source {
  /** A notification that waits and is next; nothing if something else is. */
  take(): Notification | undefined
  /** Gives to the reader what there is, as long as it is waiting. */
  pump(): void
  /** The reader wants nothing more. */
  release(): void
}

/**
 * One iteration over a subscription. An event is taken when `next()` asks for it, and not before,
 * so that leaving the loop loses nothing.
 *
 * @internal
 */
export class Reader<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: Source
  readonly #pick: (event: SetEvent) => T | undefined
  readonly #waiting: Waiting<T>[] = []
  #done = false

  /** `pick` gives nothing for an event that the iteration is not about. */
  constructor(pick: (event: SetEvent) => T | undefined, source: Source) {
    this.#pick = pick
    this.#source = source
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  give(event: SetEvent): void {
    const value = this.#pick(event)
    if (value !== undefined) this.#waiting.shift()?.resolve({ done: false, value })
  }

  fail(error: Error): void {
    this.#waiting.shift()?.reject(error)
    this.finish()
  }

  finish(): void {
    this.#done = true
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#done) return Promise.resolve({ done: true, value: undefined })
    // As a rule of a burst, and then at once.
    const note = this.isWaiting ? undefined : this.#source.take()
    const value = note && this.#pick(note)
    if (value !== undefined) return Promise.resolve({ done: false, value })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#source.pump()
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.finish()
    this.#source.release()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
