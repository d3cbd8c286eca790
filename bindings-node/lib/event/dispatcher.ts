import type { EventEmitter } from 'node:events'
import { type DrivebellError, stateError } from '../error'
import { Inbox, type Source } from './buffer'
import { type EventContext, type Occurrence, type SetEvent, toNotification, toOccurrence } from './event'
import type { Notification } from './notification'
import { type Fetched, PackedNotification } from './packed-notification'
import { Reader } from './reader'

/** What a delivery needs to know of its subscription. @internal */
export interface Recipient extends EventContext {
  readonly emitter: EventEmitter
  /** Of what was fetched, and is not wanted any more. */
  isGone?: ((event: Fetched) => boolean) | undefined
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

  constructor(native: Source, recipient: Recipient) {
    this.#inbox = new Inbox(native, recipient.isGone)
    this.#recipient = recipient
  }

  /** How many events have left the core and not been handed out. */
  get pending(): number {
    return this.#inbox.size
  }

  /** Opens an iteration; it is the consumer until it ends. */
  read<T>(pick: (event: SetEvent) => T | undefined): Reader<T> {
    if (this.#reader) throw stateError('this subscription is being iterated over already')
    if (this.#isHeard('notification')) {
      throw stateError('the notifications of this subscription have a handler, so it cannot be iterated over too')
    }
    const reader = new Reader(pick, {
      take: () => this.#take(),
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
      this.#emit(toOccurrence(native, this.#recipient))
      native = this.#inbox.usedUp ? undefined : this.#inbox.peek()
    }
  }

  #take(): Notification | undefined {
    const next = this.#inbox.peek()
    if (!(next instanceof PackedNotification)) return undefined
    this.#inbox.shift()
    return toNotification(next, this.#recipient)
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

  #give(reader: Reader<unknown>, native: Fetched): void {
    const event = toOccurrence(native, this.#recipient)
    if (event.type === 'error') this.#end(reader, event.error)
    else if (event.type === 'end') this.#end(reader)
    else reader.give(event)
    // The reader has the error: where nobody listens for it, it is not unheard.
    if (event.type === 'notification' || (event.type === 'error' && !this.#isHeard('error'))) return
    process.nextTick(() => this.#emit(event))
  }

  #end(reader: Reader<unknown>, error?: DrivebellError): void {
    this.#onlyEndLeft = true
    if (error) reader.fail(error)
    else reader.finish()
    this.#release(reader)
  }

  #emit(event: Occurrence): void {
    const { emitter } = this.#recipient
    if (event.type === 'error') emitter.emit('error', event.error)
    else if (event.type === 'end') emitter.emit('close')
    else emitter.emit(event.type, event)
  }

  #isHeard(event: string): boolean {
    return this.#recipient.emitter.listenerCount(event) > 0
  }
}
