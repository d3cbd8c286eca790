import { type InspectOptionsStylized, inspect } from 'node:util'
import { checkMade, jsonTextOf, MADE } from '../check'
import { unwrap } from '../error'
import { printed } from '../printed'
import { addon, type NativePayload } from '../runtime/addon'

/** The fields of a payload. @internal */
export type PayloadParts = { [P in keyof NativePayload]: NativePayload[P] | undefined } & { raw: string }

/**
 * What the service sent about one change, in the format of a SharePoint webhook notification. A
 * field that is absent or of an unexpected type is `undefined`; {@link Payload.raw} has everything.
 */
export class Payload {
  /** The id of the {@link Endpoint} (`subscriptionId`). */
  readonly subscriptionId: string | undefined
  /** The client state (`clientState`). */
  readonly clientState: string | undefined
  /** When the subscription expires (`expirationDateTime` or `subscriptionExpirationDateTime`). */
  readonly subscriptionExpiresAt: Date | undefined
  /** The id of the tenant (`tenantId`). */
  readonly tenantId: string | undefined
  /** The site's URL, relative to the server (`siteUrl`); may be `/`. */
  readonly siteUrl: string | undefined
  /** The id of the site (`webId`). */
  readonly webId: string | undefined
  /** The id of the list behind the drive, not of an item (`resource`). */
  readonly listId: string | undefined
  /** The JSON object as the service sent it, as text. */
  readonly rawText: string
  #raw: Readonly<Record<string, unknown>> | undefined

  private constructor(parts: PayloadParts, made: typeof MADE) {
    checkMade(made === MADE, 'Payload.fromRaw')
    const { subscriptionExpiresAt } = parts
    this.subscriptionId = parts.subscriptionId
    this.clientState = parts.clientState
    this.subscriptionExpiresAt = subscriptionExpiresAt === undefined ? undefined : new Date(subscriptionExpiresAt)
    this.tenantId = parts.tenantId
    this.siteUrl = parts.siteUrl
    this.webId = parts.webId
    this.listId = parts.listId
    this.rawText = parts.raw
  }

  /** @internal */
  static of(parts: PayloadParts): Payload {
    return new Payload(parts, MADE)
  }

  /** @internal */
  static partsOf(raw: unknown): PayloadParts {
    return unwrap(addon.readPayload(jsonTextOf('raw', raw))) as PayloadParts
  }

  /**
   * Makes a payload by hand, for tests: the service sends `subscriptionId`, `clientState`,
   * `expirationDateTime`, `resource`, `tenantId`, `siteUrl` and `webId`, all of them strings.
   *
   * @param raw the JSON object, or its text.
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name `raw`, for anything else.
   */
  static fromRaw(raw: string | object): Payload {
    return new Payload(Payload.partsOf(raw), MADE)
  }

  /** The JSON object as the service sent it, parsed on first access. */
  get raw(): Readonly<Record<string, unknown>> {
    this.#raw ??= JSON.parse(this.rawText) as Record<string, unknown>
    return this.#raw
  }

  /** All fields, and `raw`. */
  toJSON(): Record<string, unknown> {
    const { rawText: _, ...fields } = this
    return { ...fields, raw: this.raw }
  }

  /** @internal */
  [inspect.custom](depth: number | null, options: InspectOptionsStylized): string {
    const { rawText: _, ...fields } = this
    return printed('Payload', fields, depth, options)
  }
}
