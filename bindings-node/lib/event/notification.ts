import { type InspectOptions, inspect } from 'node:util'
import type { Client } from '../client/client'
import type { Resource } from '../resource'
import type { NativeNotification, NativePayload } from '../runtime/addon'
import type { Origin } from './event'

/** What a payload is made of. @internal */
export type PayloadParts = { [P in keyof NativePayload]: NativePayload[P] | undefined } & { raw: string }

/** What a notification is made of. @internal */
export interface NotificationParts extends Pick<NativeNotification, 'kind' | 'coalesced' | 'receivedAt'> {
  readonly payload?: PayloadParts | undefined
}

/** A hint that something changed in the resource; never what. */
export class Notification {
  /** Tells it from the other events of {@link Subscription.events}. */
  readonly type = 'notification'
  /**
   * `changed`: the service says that something changed. `resync`: something may have changed that
   * it did not tell, or not in a readable way. The cure is the same: look.
   */
  readonly kind: 'changed' | 'resync'
  /** What was subscribed to. */
  readonly resource: Resource
  /** Whose user it is about, of {@link Client.subscribeAll}; `undefined` of {@link Client.subscribe}. */
  readonly client: Client | undefined
  /** What the service sent; `undefined` on a resync. */
  readonly payload: Payload | undefined
  /** How many further notifications were merged into this one because the consumer was behind. */
  readonly coalesced: number
  readonly #receivedAt: number

  /** @internal */
  constructor(native: NotificationParts, { resource, client }: Origin) {
    this.kind = native.kind
    this.resource = resource
    this.client = client
    this.payload = native.payload && new Payload(native.payload)
    this.coalesced = native.coalesced
    this.#receivedAt = native.receivedAt
  }

  /** When it arrived on this machine. */
  get receivedAt(): Date {
    return new Date(this.#receivedAt)
  }

  toJSON(): Record<string, unknown> {
    const { type, kind, resource, client, payload, coalesced, receivedAt } = this
    return { type, kind, resource, client, payload, coalesced, receivedAt }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Notification ${inspect(this.toJSON(), options)}`
  }
}

/**
 * What the service sent about one change: a SharePoint webhook's notification. A field that is
 * absent, or of an unexpected type, is `undefined`; all of it is in {@link Payload.raw}.
 */
export class Payload {
  /** `subscriptionId`: the {@link Endpoint}'s id. */
  readonly subscriptionId: string | undefined
  /** `clientState`. */
  readonly clientState: string | undefined
  /** `tenantId`. */
  readonly tenantId: string | undefined
  /** `siteUrl`: relative to the server, and may be `/`. */
  readonly siteUrl: string | undefined
  /** `webId`. */
  readonly webId: string | undefined
  /** `resource`: the id of the list behind the drive, not of an item. */
  readonly listId: string | undefined
  // Dates are made when they are asked for: of a burst, most never are, and each costs as much as
  // all the strings.
  readonly #subscriptionExpiresAt: number | undefined
  readonly #text: string
  #raw: Readonly<Record<string, unknown>> | undefined

  /** @internal */
  constructor(native: PayloadParts) {
    this.subscriptionId = native.subscriptionId
    this.clientState = native.clientState
    this.#subscriptionExpiresAt = native.subscriptionExpiresAt
    this.tenantId = native.tenantId
    this.siteUrl = native.siteUrl
    this.webId = native.webId
    this.listId = native.listId
    this.#text = native.raw
  }

  /** `expirationDateTime` or `subscriptionExpirationDateTime`: when the subscription ends. */
  get subscriptionExpiresAt(): Date | undefined {
    return this.#subscriptionExpiresAt === undefined ? undefined : new Date(this.#subscriptionExpiresAt)
  }

  /** The JSON object as it was sent, parsed when it is first asked for. */
  get raw(): Readonly<Record<string, unknown>> {
    this.#raw ??= JSON.parse(this.#text) as Record<string, unknown>
    return this.#raw
  }

  toJSON(): Record<string, unknown> {
    const { subscriptionId, clientState, subscriptionExpiresAt, tenantId, siteUrl, webId, listId } = this
    return { subscriptionId, clientState, subscriptionExpiresAt, tenantId, siteUrl, webId, listId }
  }

  /** @internal */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `Payload ${inspect(this.toJSON(), options)}`
  }
}
