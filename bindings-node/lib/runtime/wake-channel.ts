import { addon, type NativeBell } from './addon'

/** The native side of a session, or of many in one. @internal */
export interface Ringer {
  attach(bell: NativeBell, number: number): void
}

/** Called when something waits, and once with `over`. @internal */
export type Ring = (over: boolean) => void

/**
 * Through which all sessions of a thread are heard, and what keeps its event loop alive for them.
 *
 * @internal
 */
export class Bell {
  readonly #native = new addon.NativeBell((waiting, over) => {
    for (const number of waiting) this.#ring(number, false)
    for (const number of over) this.#ring(number, true)
  })
  readonly #rings = new Map<number, Ring>()
  readonly #holders = new Set<number>()
  #last = 0

  /** Gives the number by which the session is known, until it is detached. It holds the thread. */
  attach(native: Ringer, ring: Ring): number {
    this.#last += 1
    this.#rings.set(this.#last, ring)
    this.hold(this.#last)
    native.attach(this.#native, this.#last)
    return this.#last
  }

  detach(number: number): void {
    this.#rings.delete(number)
    this.release(number)
  }

  /** Keeps the thread alive; nothing of a session that is detached. */
  hold(number: number): void {
    if (!this.#rings.has(number)) return
    this.#holders.add(number)
    if (this.#holders.size === 1) this.#native.ref()
  }

  release(number: number): void {
    if (this.#holders.delete(number) && this.#holders.size === 0) this.#native.unref()
  }

  #ring(number: number, over: boolean): void {
    try {
      this.#rings.get(number)?.(over)
    } catch (error) {
      // A fault, whose ever it is: the others must hear what is theirs all the same.
      process.nextTick(() => {
        throw error
      })
    }
  }
}

let bell: Bell | undefined

/** The one of this thread. @internal */
export function bellOfThread(): Bell {
  bell ??= new Bell()
  return bell
}
