import { addon, isAlive, type NativeSubscription } from './addon'
import { nextTick } from './timers'

/** Called when events wait, and once with `ended` when the session is over. @internal */
export type WakeCallback = (ended: boolean) => void

/**
 * The channel through which the sessions of a thread wake JavaScript. While a session holds a
 * reference to it, it keeps the thread's event loop alive.
 *
 * @internal
 */
export class WakeChannel {
  readonly #native = new addon.NativeWakeChannel((waiting, ended) => {
    if (!isAlive()) return
    for (const id of waiting) this.#wake(id, false)
    for (const id of ended) this.#wake(id, true)
  })
  readonly #callbacks = new Map<number, WakeCallback>()
  readonly #referenced = new Set<number>()
  #lastId = 0

  /** Returns the id of the session, which is valid until it is detached. The session is referenced. */
  attach(session: Pick<NativeSubscription, 'attach'>, callback: WakeCallback): number {
    this.#lastId += 1
    this.#callbacks.set(this.#lastId, callback)
    this.ref(this.#lastId)
    session.attach(this.#native, this.#lastId)
    return this.#lastId
  }

  detach(id: number): void {
    this.#callbacks.delete(id)
    this.unref(id)
  }

  /** Keeps the thread alive for this session; does nothing once it is detached. */
  ref(id: number): void {
    if (!this.#callbacks.has(id)) return
    this.#referenced.add(id)
    if (this.#referenced.size === 1) this.#native.ref()
  }

  unref(id: number): void {
    if (this.#referenced.delete(id) && this.#referenced.size === 0) this.#native.unref()
  }

  #wake(id: number, ended: boolean): void {
    try {
      this.#callbacks.get(id)?.(ended)
    } catch (error) {
      // A bug must not keep the other sessions from being woken.
      nextTick(() => {
        throw error
      })
    }
  }
}

let channel: WakeChannel | undefined

/** The channel of this thread. @internal */
export function wakeChannel(): WakeChannel {
  channel ??= new WakeChannel()
  return channel
}
