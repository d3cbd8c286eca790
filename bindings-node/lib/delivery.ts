import type { EventEmitter } from 'node:events'
import type { NativeError, NativeEvent, NativeSubscription } from './addon'
import { type DrivebellError, stateError } from './error'
import { Inbox } from './inbox'
import { type SubscriptionEvent, toEvent } from './notification'
import { Reader } from './reader'
import type { Resource } from './resource'

/** What a delivery needs to know of its subscription. @internal */
export interface Recipient {
  readonly emitter: EventEmitter
  readonly resource: Resource
  toFailure(error: NativeError): DrivebellError
}

/**
 * Brings the events of a session to its one consumer, a reader or the handlers, in order.
 *
 * No event is taken before somebody is there for it. A user's code runs neither inside a call from
 * native code nor inside a reader's `next()`, where what it throws would get lost or hit others.
 *
 * @internal
 */
export class Delivery {
  readonly #inbox: Inbox
  readonly #recipient: Recipient
  #reader: Reader<unknown> | undefined
  #scheduled = false
  #onlyEndLeft = false

  constructor(native: NativeSubscription, recipient: Recipient) {
    this.#inbox = new Inbox(native)
    this.#recipient = recipient
  }

  /** Opens an iteration; it is the consumer until it ends. */
  read<T>(pick: (event: SubscriptionEvent) => T | undefined): Reader<T> {
    if (this.#reader) throw stateError('this subscription is being iterated over already')
    if (this.#isHeard('notification')) {
      throw stateError('the notifications of this subscription have a handler, so it cannot be iterated over too')
    }
    const reader = new Reader(pick, {
      pump: () => this.#toReader(reader),
      release: () => this.#release(reader),
    })
    this.#reader = reader
    return reader
  }

  /** A handler is about to be added. */
  admit(event: string): void {
    if (event === 'notification' && this.#reader) {
      throw stateError('this subscription is being iterated over, so its notifications cannot have a handler too')
    }
    this.#schedule()
  }

  /** Something waits, or may. */
  wake(): void {
    if (this.#reader) this.#toReader(this.#reader)
    else this.#schedule()
  }

  /** What has not been handed out never is, but for the end. */
  discard(): void {
    this.#onlyEndLeft = true
    this.#inbox.clear()
    this.wake()
  }

  #release(reader: Reader<unknown>): void {
    if (this.#reader !== reader) return
    this.#reader = undefined
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#handlersConsume) this.#toHandlers()
    })
  }

  /** The end needs no consumer. */
  get #handlersConsume(): boolean {
    return !this.#reader && (this.#isHeard('notification') || this.#onlyEndLeft)
  }

  /** One batch, so that other work of the process gets its turn. */
  #toHandlers(): void {
    let native = this.#inbox.peek()
    // First, because a handler may throw: what follows must not be stuck behind it.
    if (native) this.#schedule()
    while (native && this.#handlersConsume) {
      this.#inbox.shift()
      this.#emit(native)
      native = this.#inbox.usedUp ? undefined : this.#inbox.peek()
    }
  }

  #toReader(reader: Reader<unknown>): void {
    while (reader.isWaiting) {
      const native = this.#inbox.peek()
      if (!native) {
        if (this.#inbox.ended) this.#end(reader)
        return
      }
      this.#inbox.shift()
      this.#give(reader, native)
    }
  }

  #give(reader: Reader<unknown>, native: NativeEvent): void {
    const event = toEvent(native, this.#recipient.resource)
    if (event) reader.give(event)
    else this.#end(reader, native.error)
    // The reader has the error: where nobody listens for it, it is not unheard.
    if (native.type === 'notification' || (native.type === 'error' && !this.#isHeard('error'))) return
    process.nextTick(() => this.#emit(native))
  }

  #end(reader: Reader<unknown>, error?: NativeError): void {
    this.#onlyEndLeft = true
    if (error) reader.fail(this.#recipient.toFailure(error))
    else reader.finish()
    this.#release(reader)
  }

  #emit(native: NativeEvent): void {
    const { emitter, resource, toFailure } = this.#recipient
    if (native.error) emitter.emit('error', toFailure(native.error))
    else if (native.type === 'end') emitter.emit('close')
    else emitter.emit(native.type, toEvent(native, resource))
  }

  #isHeard(event: string): boolean {
    return this.#recipient.emitter.listenerCount(event) > 0
  }
}
