/** How many failures may wait. An error whose thrown value was dropped still has its message. */
const CAPACITY = 1_000

/**
 * What credentials threw, until native code returns the error that it led to. Native code carries an
 * id, because JavaScript values cannot leave their thread.
 *
 * @internal
 */
export class CredentialFailures {
  readonly #thrown = new Map<number, unknown>()
  #lastId = 0

  add(thrown: unknown): number {
    this.#lastId = (this.#lastId + 1) >>> 0
    this.#thrown.set(this.#lastId, thrown)
    const [oldest] = this.#thrown.keys()
    if (this.#thrown.size > CAPACITY && oldest !== undefined) this.#thrown.delete(oldest)
    return this.#lastId
  }

  take(id: number): ErrorOptions | undefined {
    if (!this.#thrown.has(id)) return undefined
    const cause = this.#thrown.get(id)
    this.#thrown.delete(id)
    return { cause }
  }

  /** Call it when the client is closed: nothing takes the failure of a cancelled call. */
  clear(): void {
    this.#thrown.clear()
  }
}
