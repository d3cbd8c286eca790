import { type InspectOptionsStylized, inspect } from 'node:util'
import { checkCount, checkFields, checkMade, checkName, checkObject, timeOf } from '../check'
import { invalidArgument } from '../error'
import { NAMES, type NotificationKind } from '../names'
import { printed } from '../printed'
import { type Resource, resourceOf } from '../resource'
import type { NativeNotification } from '../runtime/addon'
import type { Client, Origin } from './origin'
import { Payload, type PayloadParts } from './payload'

/** The fields of a notification. @internal */
export interface NotificationParts extends Pick<NativeNotification, 'coalesced' | 'receivedAt'> {
  readonly kind: NotificationKind
  readonly payload?: PayloadParts | undefined
}

/** The fields of a {@link Notification} that is made by hand. */
export interface NotificationFields {
  /** Nothing else. */
  type?: 'notification' | undefined
  /** The resource, or its path. */
  resource: Resource | string
  /** Default: `changed` with a payload, `resync` without one. */
  kind?: NotificationKind | undefined
  /**
   * What the service sent, for `changed`: of {@link Payload.fromRaw}, or an object that has its `raw` or
   * `rawText`. Default: an empty JSON object.
   */
  payload?: Payload | { readonly raw: object } | { readonly rawText: string } | undefined
  /** The client whose user it is about, for the notifications of a set. */
  client?: Client | undefined
  /** Default: 0. */
  coalesced?: number | undefined
  /** When it arrived: a `Date`, its text in JSON, or milliseconds since 1970. Default: now. */
  receivedAt?: Date | string | number | undefined
}

/**
 * A hint that something changed in the resource. It never says what.
 *
 * It is a value: equal notifications are deeply equal, and JSON has all of it but `client`.
 */
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
  /** When it arrived on this machine. */
  readonly receivedAt: Date

  private constructor(parts: NotificationParts, origin: Pick<Origin, 'resource' | 'client'>) {
    checkMade(origin !== undefined, 'Notification.from')
    this.kind = parts.kind
    this.resource = origin.resource
    this.client = origin.client
    this.payload = parts.payload && Payload.of(parts.payload)
    this.coalesced = parts.coalesced
    this.receivedAt = new Date(parts.receivedAt)
  }

  /** @internal */
  static of(parts: NotificationParts, origin: Pick<Origin, 'resource' | 'client'>): Notification {
    return new Notification(parts, origin)
  }

  /**
   * Makes a notification by hand, for tests of what handles it. It also takes one that came back from JSON
   * or from `structuredClone`.
   *
   * ```ts
   * Notification.from({ kind: 'changed', resource: '/me/drive' })
   * ```
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static from(fields: NotificationFields): Notification {
    checkFields(fields, ['type', 'resource', 'kind', 'payload', 'client', 'coalesced', 'receivedAt'])
    const { type = 'notification', payload, client, coalesced = 0, receivedAt = new Date() } = fields
    const { kind = payload === undefined ? 'resync' : 'changed' } = fields
    checkName('type', type, ['notification'])
    checkName('kind', kind, NAMES.NotificationKind)
    const resource = resourceOf(fields.resource)
    if (client !== undefined) checkObject('client', client)
    checkCount('coalesced', coalesced)
    const time = timeOf('receivedAt', receivedAt).getTime()
    const parts = { kind, payload: payloadOf(kind, payload), coalesced, receivedAt: time }
    return new Notification(parts, { resource, client: client as Client })
  }

  /** All fields but `client`. {@link Notification.from} takes them. */
  toJSON(): Record<string, unknown> {
    const { client: _, ...fields } = this
    return fields
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    return printed('Notification', { ...this.toJSON(), coalesced: this.coalesced || undefined }, depth, options)
  }
}

function payloadOf(kind: NotificationKind, given: unknown): PayloadParts | undefined {
  if (kind === 'resync') {
    if (given === undefined) return undefined
    throw invalidArgument('payload', 'must be undefined for a resync, which the service did not send')
  }
  if (given === undefined) return Payload.partsOf('{}')
  checkObject('payload', given)
  const { rawText, raw = rawText } = given
  return Payload.partsOf(given instanceof Payload ? given.rawText : raw)
}
