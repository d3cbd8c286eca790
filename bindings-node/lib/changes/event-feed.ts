import { EventEmitter } from 'node:events'
import { EventBuffer } from '../event/buffer'
import { Dispatcher } from '../event/dispatcher'
import type { EventContext } from '../event/event'
import type { Iteration } from '../iteration'
import type { NativeChangesEvents } from '../runtime/addon'
import { wakeChannel } from '../runtime/wake-channel'

/**
 * The events of one or many streams of changes, for one iteration at a time.
 *
 * @internal
 */
export class EventFeed {
  readonly #dispatcher: Dispatcher
  /** Its id in the wake channel. */
  readonly #wakeId: number

  constructor(native: NativeChangesEvents, context: EventContext) {
    const buffer = new EventBuffer(native, context)
    // Nobody can add a handler to this emitter.
    this.#dispatcher = new Dispatcher(buffer, new EventEmitter(), 'the event queue of this stream of changes')
    this.#wakeId = wakeChannel().attach(native, () => this.#dispatcher.wake())
    // The loop over the batches keeps the process alive, not the one over the events.
    wakeChannel().unref(this.#wakeId)
  }

  iterate<Event>(): Iteration<Event> {
    return this.#dispatcher.iterate((event) => event as Event)
  }

  /** Call it when the stream is over: the last signal may be lost from here on. */
  end(): void {
    this.#dispatcher.wake()
    wakeChannel().detach(this.#wakeId)
  }
}
