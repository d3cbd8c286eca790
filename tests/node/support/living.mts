import { until } from './deadline.mjs'
import { collectGarbage } from './garbage.mjs'

/** What is there as long as it is not collected. */
export class Living {
  #count = 0
  readonly #registry = new FinalizationRegistry<undefined>(() => {
    this.#count -= 1
  })

  add(object: WeakKey): void {
    this.#count += 1
    this.#registry.register(object, undefined)
  }

  gone(what: string): Promise<void> {
    return until(() => {
      collectGarbage()
      return this.#count === 0
    }, what)
  }
}
