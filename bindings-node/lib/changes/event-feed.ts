import { EventEmitter } from 'node:events'
import { EventBuffer } from '../event/buffer'
import { Dispatcher } from '../event/dispatcher'
import type { ChangesEvent } from '../event/lifecycle'
import type { Owner } from '../owner'
import type { Resource } from '../resource'
import type { NativeChangesEvents } from '../runtime/addon'
import { wakeChannel } from '../runtime/wake-channel'

/**
 * The events of a stream of changes, for one iteration at a time.
 *
 * @internal
 */
export class EventFeed {
  readonly #dispatcher: Dispatcher
  /** Its id in the wake channel. */
  readonly #wakeId: number

  constructor(native: NativeChangesEvents, resource: Resource, { toError }: Owner) {
    const origin = { resource, client: undefined, toError }
    const buffer = new EventBuffer(native, { originOf: () => origin, toFailure: toError })
    // Nobody can add a handler to this emitter.
    this.#dispatcher = new Dispatcher(buffer, new EventEmitter(), 'the event queue of this stream of changes')
    this.#wakeId = wakeChannel().attach(native, () => this.#dispatcher.wake())
    // The loop over the batches keeps the process alive, not the one over the events.
    wakeChannel().unref(this.#wakeId)
  }

  iterate(): AsyncIterableIterator<ChangesEvent, undefined> {
    return this.#dispatcher.iterate((event) => event as ChangesEvent)
  }

  /** Call it when the stream is over: the last signal may be lost from here on. */
  end(): void {
    this.#dispatcher.wake()
    wakeChannel().detach(this.#wakeId)
  }
}
