import { type InspectOptions, inspect } from 'node:util'
import type { NotificationKind } from '../names'
import type { Resource } from '../resource'
import type { NativeNotification, NativePayload } from '../runtime/addon'
import type { Client, Origin } from './origin'

/** The fields of a payload. @internal */
export type PayloadParts = { [P in keyof NativePayload]: NativePayload[P] | undefined } & { raw: string }

/** The fields of a notification. @internal */
export interface NotificationParts extends Pick<NativeNotification, 'coalesced' | 'receivedAt'> {
  readonly kind: NotificationKind
  readonly payload?: PayloadParts | undefined
}

/** A hint that something changed in the resource. It never says what. */
export class Notification {
  /** Distinguishes it from the lifecycle events of {@link Subscription.events}. */
  readonly type = 'notification'
  /**
   * `changed`: the service announced a change. `resync`: there may be changes that it did not
   * announce, or that drivebell could not read. Handle both the same way: query the resource.
   */
  readonly kind: NotificationKind
  /** The resource of the subscription. */
  readonly resource: Resource
  /** In the notifications of {@link Client.subscribeAll}: the client whose user it is about. */
  readonly client: Client | undefined
  /** What the service sent; `undefined` for `resync`. */
  readonly payload: Payload | undefined
  /** How many further notifications were merged into this one because the consumer was slow. */
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
 * What the service sent about one change, in the format of a SharePoint webhook notification. A
 * field that is absent or of an unexpected type is `undefined`; {@link Payload.raw} has everything.
 */
export class Payload {
  /** The id of the {@link Endpoint} (`subscriptionId`). */
  readonly subscriptionId: string | undefined
  /** The client state (`clientState`). */
  readonly clientState: string | undefined
  /** The id of the tenant (`tenantId`). */
  readonly tenantId: string | undefined
  /** The site's URL, relative to the server (`siteUrl`); may be `/`. */
  readonly siteUrl: string | undefined
  /** The id of the site (`webId`). */
  readonly webId: string | undefined
  /** The id of the list behind the drive, not of an item (`resource`). */
  readonly listId: string | undefined
  // Not a Date yet: programs rarely read it, and a Date costs as much as all the strings together.
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

  /** When the subscription expires (`expirationDateTime` or `subscriptionExpirationDateTime`). */
  get subscriptionExpiresAt(): Date | undefined {
    return this.#subscriptionExpiresAt === undefined ? undefined : new Date(this.#subscriptionExpiresAt)
  }

  /** The JSON object as the service sent it, parsed on first access. */
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
