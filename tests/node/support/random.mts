/** Mulberry32: the same sequence for the same seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 on. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** Once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  /** One of them; none of an empty list. */
  pick<T>(of: readonly T[]): T | undefined {
    return of[this.below(of.length)]
  }
}
