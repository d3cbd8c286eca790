import type { NativeNotification, NativePayload } from './addon'
import type { Client } from './client'
import type { Origin } from './event'
import type { Resource } from './resource'

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
  /** When it arrived on this machine. */
  readonly receivedAt: Date

  /** @internal */
  constructor(native: NativeNotification, { resource, client }: Origin) {
    this.kind = native.kind
    this.resource = resource
    this.client = client
    this.payload = native.payload && new Payload(native.payload)
    this.coalesced = native.coalesced
    this.receivedAt = new Date(native.receivedAt)
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
  /** `expirationDateTime` or `subscriptionExpirationDateTime`: when the subscription ends. */
  readonly subscriptionExpiresAt: Date | undefined
  /** `tenantId`. */
  readonly tenantId: string | undefined
  /** `siteUrl`: relative to the server, and may be `/`. */
  readonly siteUrl: string | undefined
  /** `webId`. */
  readonly webId: string | undefined
  /** `resource`: the id of the list behind the drive, not of an item. */
  readonly listId: string | undefined
  #text: string
  #raw: Readonly<Record<string, unknown>> | undefined

  /** @internal */
  constructor(native: NativePayload) {
    this.subscriptionId = native.subscriptionId
    this.clientState = native.clientState
    this.subscriptionExpiresAt =
      native.subscriptionExpiresAt === undefined ? undefined : new Date(native.subscriptionExpiresAt)
    this.tenantId = native.tenantId
    this.siteUrl = native.siteUrl
    this.webId = native.webId
    this.listId = native.listId
    this.#text = native.raw
  }

  /** The JSON object as it was sent, parsed when it is first asked for. */
  get raw(): Readonly<Record<string, unknown>> {
    this.#raw ??= JSON.parse(this.#text) as Record<string, unknown>
    return this.#raw
  }
}
