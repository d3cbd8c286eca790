import { type InspectOptionsStylized, inspect } from 'node:util'
import { printed } from '../printed'
import type { NativeEndpoint } from '../runtime/addon'

/**
 * A notification endpoint: Graph's response to "Get websocket endpoint" for one resource.
 *
 * The notification URL is a secret, because it is all it takes to receive the notifications.
 * `console.log`, `JSON.stringify`, `structuredClone` and deep equality see its host only.
 */
export class Endpoint {
  /** The id of the subscription. */
  readonly id: string | undefined
  /** The host of the notification URL. */
  readonly host: string
  /** When the URL expires; one hour after the request if Graph gave no readable expiry. */
  readonly expiresAt: Date
  /** The client state that Graph assigned (`clientState`). */
  readonly clientState: string | undefined
  /** All other fields of the response, by their Graph names. */
  readonly additionalData: Readonly<Record<string, unknown>>
  readonly #notificationUrl: string

  /** @internal */
  constructor(native: NativeEndpoint) {
    this.id = native.id
    this.host = native.host
    this.expiresAt = new Date(native.expiresAt)
    this.clientState = native.clientState
    this.#notificationUrl = native.notificationUrl
    this.additionalData = JSON.parse(native.additionalData)
  }

  /** The Socket.IO URL, for use with another client. **A secret**: do not log it. */
  get notificationUrl(): string {
    return this.#notificationUrl
  }

  /** Its properties, with the notification URL reduced to its host. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), notificationUrl: `${this.host}/[redacted]` }
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    return printed('Endpoint', this.toJSON(), depth, options)
  }
}
