import type { NativeEvent, NativeSubscription } from '../runtime/addon'
import { type EventContext, type StreamElement, toStreamElement } from './event'
import { Notification, type NotificationParts } from './notification'
import type { Origin } from './origin'

const NO_EVENTS: readonly never[] = []
const NO_ROWS = new Float64Array(0)

/**
 * The events of a session that have left the core's bounded mailbox and not been delivered: one
 * batch, fetched with one native call once the batch before it is used up. A slow consumer
 * therefore fills the core's mailbox, which merges events, and never this buffer.
 *
 * @internal
 */
export class EventBuffer {
  readonly #native: Pick<NativeSubscription, 'arm' | 'drain'>
  readonly #context: EventContext
  /** Text of one or more notifications, or another event. */
  #batch: readonly (string | NativeEvent)[] = NO_EVENTS
  /** One row of numbers for each notification in the texts. */
  #rows: Float64Array = NO_ROWS
  #index = 0
  /** Where the row of the next notification begins in `#rows`. */
  #row = 0
  #ended = false

  constructor(native: Pick<NativeSubscription, 'arm' | 'drain'>, context: EventContext) {
    this.#native = native
    this.#context = context
  }

  /** Whether the end of the stream has been taken. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether the next event takes a native call. */
  get isEmpty(): boolean {
    return this.#index === this.#batch.length
  }

  /** How many events have been fetched and not taken. */
  get size(): number {
    const notifications = (this.#rows.length - this.#row) / ROW_LENGTH
    const others = this.#batch.slice(this.#index).filter((event) => typeof event === 'object' && event.type !== 'end')
    return notifications + others.length
  }

  /** Whether there is an event to take. If not, the wake channel reports the next one. */
  hasNext(): boolean {
    for (;;) {
      while (this.isEmpty) {
        if (this.#ended || !this.#native.arm()) return false
        this.#fetch()
      }
      if (!this.#nextIsOfRemovedMember()) return true
      this.#advance()
    }
  }

  /** Whether the next event is a notification. */
  nextIsNotification(): boolean {
    return this.hasNext() && typeof this.#batch[this.#index] === 'string'
  }

  /** Takes the next event; only after {@link hasNext} returned true. */
  take(): StreamElement {
    const event = this.#batch[this.#index] as string | NativeEvent
    const [rows, row] = [this.#rows, this.#row]
    // First: whatever the conversion does, the event has been taken.
    this.#advance()
    if (typeof event === 'string') {
      return Notification.of(partsOf(event, rows, row), this.#context.originOf(memberOf(rows, row)) as Origin)
    }
    this.#ended = event.type === 'end'
    return toStreamElement(event, this.#context)
  }

  /** Discards what was fetched. If the end was in it, the core sends it again. */
  clear(): void {
    this.#begin(NO_EVENTS, NO_ROWS)
  }

  #fetch(): void {
    const { events, numbers } = this.#native.drain()
    this.#begin(events, numbers ?? NO_ROWS)
  }

  #begin(batch: readonly (string | NativeEvent)[], rows: Float64Array): void {
    this.#batch = batch
    this.#rows = rows
    this.#index = 0
    this.#row = 0
  }

  #nextIsOfRemovedMember(): boolean {
    const event = this.#batch[this.#index] as string | NativeEvent
    if (typeof event === 'object' && (event.type === 'error' || event.type === 'end')) return false
    const member = typeof event === 'string' ? memberOf(this.#rows, this.#row) : event.member
    return this.#context.originOf(member) === undefined
  }

  #advance(): void {
    if (typeof this.#batch[this.#index] === 'string') {
      const isLastOfText = this.#rows[this.#row + LAST_OF_TEXT] === 1
      this.#row += ROW_LENGTH
      if (!isLastOfText) return
    }
    this.#index += 1
    // A delivered event must not stay in memory until the next batch, which may take hours.
    if (this.isEmpty) this.clear()
  }
}

/** The row of a notification, as `NativeEvents` documents it. */
const ROW_LENGTH = 19
const COALESCED = 0
const RECEIVED_AT = 1
const EXPIRES_AT = 2
const MEMBER = 3
const LAST_OF_TEXT = 4
/** From here on: where the payload and then each field begins and ends in the text. */
const RAW = 5
const FIELDS = 7

function partsOf(text: string, rows: Float64Array, row: number): NotificationParts {
  const cut = (place: number) => {
    const start = rows[row + place] as number
    return start < 0 ? undefined : text.slice(start, rows[row + place + 1])
  }
  return {
    kind: 'changed',
    payload: {
      subscriptionId: cut(FIELDS),
      clientState: cut(FIELDS + 2),
      subscriptionExpiresAt: numberAt(rows, row + EXPIRES_AT),
      tenantId: cut(FIELDS + 4),
      siteUrl: cut(FIELDS + 6),
      webId: cut(FIELDS + 8),
      listId: cut(FIELDS + 10),
      raw: cut(RAW) as string,
    },
    coalesced: rows[row + COALESCED] as number,
    receivedAt: rows[row + RECEIVED_AT] as number,
  }
}

/** The member of the set that a notification belongs to. */
function memberOf(rows: Float64Array, row: number): number | undefined {
  return numberAt(rows, row + MEMBER)
}

function numberAt(rows: Float64Array, index: number): number | undefined {
  const number = rows[index] as number
  return Number.isNaN(number) ? undefined : number
}
