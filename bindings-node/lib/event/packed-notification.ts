import type { NativeEvent } from '../runtime/addon'
import type { NotificationParts } from './notification'

/** How many numbers a packed notification has. @internal */
export const ROW = 19

/** Where each is in a row; behind these, where each field begins and ends in the text. */
const COALESCED = 0
const RECEIVED_AT = 1
const EXPIRES_AT = 2
const MEMBER = 3
const LAST_OF_TEXT = 4
const RAW = 5
const FIELDS = 7

/** Whether the notification of this row is the last that its text holds. @internal */
export function isLastOfText(numbers: Float64Array, row: number): boolean {
  return numbers[row + LAST_OF_TEXT] === 1
}

/**
 * A notification as the addon packs it (`NativeEvents`): a part of a text, which the fields are cut out of.
 *
 * @internal
 */
export class PackedNotification {
  readonly type = 'notification'
  readonly #text: string
  readonly #numbers: Float64Array
  readonly #row: number

  constructor(text: string, numbers: Float64Array, row: number) {
    this.#text = text
    this.#numbers = numbers
    this.#row = row
  }

  /** Whose it is, in a set. */
  get member(): number | undefined {
    return this.#number(MEMBER)
  }

  unpacked(): NotificationParts {
    return {
      kind: 'changed',
      payload: {
        subscriptionId: this.#field(0),
        clientState: this.#field(1),
        subscriptionExpiresAt: this.#number(EXPIRES_AT),
        tenantId: this.#field(2),
        siteUrl: this.#field(3),
        webId: this.#field(4),
        listId: this.#field(5),
        raw: this.#cut(RAW) as string,
      },
      coalesced: this.#at(COALESCED),
      receivedAt: this.#at(RECEIVED_AT),
    }
  }

  #field(index: number): string | undefined {
    return this.#cut(FIELDS + 2 * index)
  }

  #cut(place: number): string | undefined {
    const start = this.#at(place)
    return start < 0 ? undefined : this.#text.slice(start, this.#at(place + 1))
  }

  #number(index: number): number | undefined {
    const number = this.#at(index)
    return Number.isNaN(number) ? undefined : number
  }

  #at(index: number): number {
    return this.#numbers[this.#row + index] as number
  }
}

/** What the addon hands out. @internal */
export type Fetched = NativeEvent | PackedNotification
