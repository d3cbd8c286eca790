/** More of them wait for nobody: an error whose thrown value is forgotten still has its sentence. */
const KEPT = 1_000

/**
 * What a credential threw, until native code comes back with the error that it led to: there it
 * travels as a number, because JavaScript values stay on their thread.
 *
 * @internal
 */
export class CredentialFailures {
  readonly #kept = new Map<number, unknown>()
  #next = 0

  keep(thrown: unknown): number {
    this.#next = (this.#next + 1) >>> 0
    this.#kept.set(this.#next, thrown)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return this.#next
  }

  take(number: number): ErrorOptions | undefined {
    if (!this.#kept.has(number)) return undefined
    const cause = this.#kept.get(number)
    this.#kept.delete(number)
    return { cause }
  }

  /** For when nothing is under way: a call that was cancelled in between never comes back. */
  clear(): void {
    this.#kept.clear()
  }
}
