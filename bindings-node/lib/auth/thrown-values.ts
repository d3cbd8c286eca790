import type { NativeThrown } from '../runtime/addon'

/**
 * What credentials threw. Native errors carry an id, because JavaScript values cannot leave their
 * thread. One error may reach many callers, so a value stays until native code says that the last one
 * is gone.
 *
 * @internal
 */
export class ThrownValues {
  readonly #values = new Map<number, unknown>()
  #lastId = 0

  add(thrown: unknown): number {
    this.#lastId = (this.#lastId + 1) >>> 0
    this.#values.set(this.#lastId, thrown)
    return this.#lastId
  }

  /** The value as the `cause` of an error; `undefined` after {@link clear}. */
  asCause({ id }: NativeThrown): ErrorOptions | undefined {
    return this.#values.has(id) ? { cause: this.#values.get(id) } : undefined
  }

  forget(ids: readonly number[]): void {
    for (const id of ids) this.#values.delete(id)
  }

  /** Call it when the client is closed: no error of its credential reaches anybody any more. */
  clear(): void {
    this.#values.clear()
  }
}
