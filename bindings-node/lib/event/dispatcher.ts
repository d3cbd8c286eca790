import { AsyncResource } from 'node:async_hooks'
import type { EventEmitter } from 'node:events'
import { isPromise } from 'node:util/types'
import { type AbortError, type DrivebellError, stateError } from '../error'
import type { Iteration } from '../iteration'
import { nextTick, setImmediate } from '../runtime/timers'
import type { EventBuffer } from './buffer'
import type { AnyEvent, StreamElement } from './event'
import type { Notification } from './notification'

interface PendingNext<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: Error): void
}

/**
 * One iteration over a subscription. It takes an event when `next()` requests it, not before, so
 * leaving the loop loses nothing.
 *
 * @internal
 */
export class EventIterator<T> implements Iteration<T> {
  readonly #dispatcher: Dispatcher
  readonly #select: (event: AnyEvent) => T | undefined
  readonly #pending: PendingNext<T>[] = []
  #done = false

  /** `select` returns `undefined` for an event that the iteration skips. */
  constructor(select: (event: AnyEvent) => T | undefined, dispatcher: Dispatcher) {
    this.#select = select
    this.#dispatcher = dispatcher
  }

  get isWaiting(): boolean {
    return this.#pending.length > 0
  }

  deliver(event: AnyEvent): void {
    const value = this.#select(event)
    if (value !== undefined) this.#pending.shift()?.resolve({ done: false, value })
  }

  fail(error: Error): void {
    this.#pending.shift()?.reject(error)
    this.finish()
  }

  finish(): void {
    this.#done = true
    for (const { resolve } of this.#pending.splice(0)) resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#done) return Promise.resolve({ done: true, value: undefined })
    // The usual case during a burst: the notification is in the buffer already.
    const notification = this.isWaiting ? undefined : this.#dispatcher.takeNotification()
    const value = notification && this.#select(notification)
    if (value !== undefined) return Promise.resolve({ done: false, value })
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject })
      this.#dispatcher.dispatchTo(this)
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.finish()
    this.#dispatcher.release(this)
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

/**
 * Delivers the events of a session, in order, to its one consumer: an iterator or the handlers.
 *
 * An event stays in the buffer until there is a consumer for it. User code never runs inside a call
 * from native code, nor inside an iterator's `next()`: an exception thrown there would be lost, or
 * would reach the wrong caller.
 *
 * @internal
 */
export class Dispatcher {
  readonly #buffer: EventBuffer
  readonly #emitter: EventEmitter
  #iterator: EventIterator<unknown> | undefined
  #scheduled = false
  /** Whose events these are, for messages. */
  readonly #source: string
  /** All that is left is the end: nothing before it is delivered any more. */
  #onlyEndLeft = false
  /** Handlers were told of the end, though events wait that nobody consumes. */
  #endTold = false
  /** Why an iteration ends, if a signal has aborted. */
  #abortion: AbortError | undefined
  /** Of how many events async handlers run. Beside an iteration it may be more than one. */
  #handling = 0
  /** Handlers run in the context in which this was made, so that `AsyncLocalStorage` has its store. */
  readonly #scope = new AsyncResource('drivebell.Subscription')

  constructor(buffer: EventBuffer, emitter: EventEmitter, source: string) {
    this.#buffer = buffer
    this.#emitter = emitter
    this.#source = source
  }

  /** Opens an iteration, which is the consumer until it ends. */
  iterate<T>(select: (event: AnyEvent) => T | undefined): EventIterator<T> {
    if (this.#iterator) throw stateError(`${this.#source} already has an iterator`)
    if (this.#hasHandler('notification')) {
      throw stateError("this subscription has a handler for 'notification', so it cannot be iterated over")
    }
    const iterator = new EventIterator(select, this)
    this.#iterator = iterator
    return iterator
  }

  /** Call it before a handler is added. */
  beforeHandler(event: string): void {
    if (event === 'notification' && this.#iterator) {
      throw stateError("this subscription has an iterator, so it cannot have a handler for 'notification'")
    }
    this.#schedule()
  }

  /** Call it when events wait, or may wait. */
  wake(): void {
    if (this.#iterator) this.dispatchTo(this.#iterator)
    else this.#schedule()
  }

  /** Discards every event that has not been delivered, except the end. */
  discard(): void {
    this.#onlyEndLeft = true
    this.#buffer.clear()
    this.wake()
  }

  /** Iterations end with this error. */
  abort(error: AbortError): void {
    this.#abortion = error
  }

  /** The session is over. Handlers that only want to know of that have no consumer that tells them. */
  ended(error: DrivebellError | undefined): void {
    setImmediate(() => {
      const wanted = error && this.#hasHandler('error')
      const hasConsumer = this.#iterator || this.#hasHandler('notification') || this.#onlyEndLeft
      if (hasConsumer || !(wanted || this.#hasHandler('close'))) return
      this.#endTold = true
      // Also if a handler of `error` throws.
      nextTick(() => this.#run('close'))
      if (wanted) this.#run('error', error)
    })
  }

  /** The next event, if it is a notification that waits. */
  takeNotification(): Notification | undefined {
    return this.#buffer.nextIsNotification() ? (this.#buffer.take() as Notification) : undefined
  }

  /** Delivers waiting events while the iterator requests more. */
  dispatchTo(iterator: EventIterator<unknown>): void {
    while (iterator.isWaiting) {
      if (!this.#buffer.hasNext()) {
        if (this.#buffer.ended) this.#end(iterator)
        return
      }
      this.#deliver(iterator, this.#buffer.take())
    }
  }

  /** The iteration is over: its place is free for the next consumer. */
  release(iterator: EventIterator<unknown>): void {
    if (this.#iterator !== iterator) return
    this.#iterator = undefined
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#handling > 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#handlersConsume && this.#handling === 0) this.#dispatchToHandlers()
    })
  }

  /** The end needs no consumer. */
  get #handlersConsume(): boolean {
    return !this.#iterator && (this.#hasHandler('notification') || this.#onlyEndLeft)
  }

  /** Delivers one batch, so that other work of the process can run in between. */
  #dispatchToHandlers(): void {
    let hasNext = this.#buffer.hasNext()
    // First: a handler may throw, and the events after that one must still be delivered.
    if (hasNext) this.#schedule()
    while (hasNext && this.#handlersConsume) {
      this.#emit(this.#buffer.take())
      if (this.#handling > 0) return
      hasNext = !this.#buffer.isEmpty && this.#buffer.hasNext()
    }
  }

  #deliver(iterator: EventIterator<unknown>, element: StreamElement): void {
    if (element.type === 'error') this.#end(iterator, element.error)
    else if (element.type === 'end') this.#end(iterator)
    else iterator.deliver(element)
    // The iterator has thrown the error, so an `error` event without a handler must not throw it again.
    if (element.type === 'notification' || (element.type === 'error' && !this.#hasHandler('error'))) return
    nextTick(() => this.#emit(element))
  }

  #end(iterator: EventIterator<unknown>, error?: DrivebellError): void {
    this.#onlyEndLeft = true
    const failure = error ?? this.#abortion
    if (failure) iterator.fail(failure)
    else iterator.finish()
    this.release(iterator)
  }

  #emit(element: StreamElement): void {
    const isEnd = element.type === 'error' || element.type === 'end'
    if (isEnd && this.#endTold) return
    if (element.type === 'error') this.#run('error', element.error)
    else if (element.type === 'end') this.#run('close')
    else this.#run(element.type, element)
  }

  #run(event: string, ...args: readonly unknown[]): void {
    const isEnd = event === 'error' || event === 'close'
    this.#scope.runInAsyncScope(() => {
      // EventEmitter throws an error for which there is no handler.
      if (isEnd) this.#emitter.emit(event, ...args)
      else this.#call(event, args)
    })
  }

  /**
   * Calls handlers as `EventEmitter.emit` does. The next event waits for those that are async: they would
   * all run at once otherwise, and never be in order.
   */
  #call(event: string, args: readonly unknown[]): void {
    const running: Promise<unknown>[] = []
    try {
      for (const handler of this.#emitter.rawListeners(event)) {
        const result: unknown = Reflect.apply(handler, this.#emitter, args)
        if (isPromise(result)) running.push(result)
      }
    } finally {
      if (running.length > 0) void this.#wait(running)
    }
  }

  async #wait(running: readonly Promise<unknown>[]): Promise<void> {
    this.#handling += 1
    const outcomes = await Promise.allSettled(running)
    this.#handling -= 1
    this.#schedule()
    for (const outcome of outcomes) {
      // Outside of this promise, where an error without a handler would be a rejection.
      if (outcome.status === 'rejected') nextTick(() => this.#emitter.emit('error', outcome.reason))
    }
  }

  #hasHandler(event: string): boolean {
    return this.#emitter.listenerCount(event) > 0
  }
}
