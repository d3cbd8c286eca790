import { type InspectOptions, inspect } from 'node:util'
import type { NativeEndpoint } from '../runtime/addon'

/**
 * The answer of Graph's "Get websocket endpoint": where notifications of one resource are pushed.
 *
 * The notification URL is a secret, because whoever has it receives the notifications. It can be
 * read, but neither `console.log` nor `JSON.stringify` shows more than its host.
 */
export class Endpoint {
  /** The subscription's id. */
  readonly id: string | undefined
  /** The host of the notification URL. */
  readonly host: string
  /** When the URL stops working; one hour from the request where Graph gave no readable expiry. */
  readonly expiresAt: Date
  /** `clientState`: the same for everybody, as far as is known. */
  readonly clientState: string | undefined
  readonly #notificationUrl: string
  readonly #additionalData: Readonly<Record<string, unknown>>

  /** @internal */
  constructor(native: NativeEndpoint) {
    this.id = native.id
    this.host = native.host
    this.expiresAt = new Date(native.expiresAt)
    this.clientState = native.clientState
    this.#notificationUrl = native.notificationUrl
    this.#additionalData = JSON.parse(native.additionalData)
  }

  /** The Socket.IO URL, for whoever brings another client. **A secret**: do not log it. */
  get notificationUrl(): string {
    return this.#notificationUrl
  }

  /** The fields of the answer that have no property here, by their Graph names. */
  get additionalData(): Readonly<Record<string, unknown>> {
    return this.#additionalData
  }

  /** What may be shown: the notification URL is reduced to its host. */
  toJSON(): Record<string, unknown> {
    const { id, host, expiresAt, clientState } = this
    return { id, host, expiresAt, clientState, notificationUrl: `${host}/[redacted]` }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Endpoint ${inspect(this.toJSON(), options)}`
  }
}
