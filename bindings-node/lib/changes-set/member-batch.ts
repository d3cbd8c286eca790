import {
  type BatchParts,
  ChangeBatch,
  type ChangeBatchFields,
  FIELDS,
  partsFrom,
  partsOf,
} from '../changes/change-batch'
import type { Item, KindOf } from '../changes/item-type'
import { checkFields, MADE } from '../check'
import type { DrivebellError } from '../error'
import type { Client, Origin } from '../event/origin'
import { type Resource, resourceOf } from '../resource'
import type { NativeBatch, NativeError, NativeMemberBatch } from '../runtime/addon'
import { memberClientOf } from '../set/member-client'

/** The fields of a {@link MemberBatch} that is made by hand. */
export interface MemberBatchFields<Of extends Item = Item> extends ChangeBatchFields<Of> {
  /** The resource, or its path. */
  resource: Resource<KindOf<Of>> | string
  /** The client that follows the resource. */
  client: Client
}

/**
 * A batch of one member, in a stream of {@link Client.changesAll}. Process it like a {@link ChangeBatch};
 * the checkpoint belongs to this member.
 */
export class MemberBatch<Of extends Item = Item> extends ChangeBatch<Of> {
  /** The resource whose changes these are. */
  readonly resource: Resource<KindOf<Of>>
  /** The client that follows the resource, and so the user. */
  readonly client: Client
  /** The member has not ended. */
  readonly error: undefined

  private constructor(parts: BatchParts<Of>, made: typeof MADE, resource: Resource, client: Client) {
    super(parts, made)
    this.resource = resource as Resource<KindOf<Of>>
    this.client = client
    this.error = undefined
  }

  /** @internal */
  static ofMember<Of extends Item>(native: NativeBatch, { resource, client }: Origin): MemberBatch<Of> {
    return new MemberBatch(partsOf<Of>(native), MADE, resource, client as Client)
  }

  /**
   * Makes a batch of a member by hand, for tests of what handles it.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static override from<Of extends Item = Item>(fields: MemberBatchFields<Of>): MemberBatch<Of> {
    checkFields(fields, [...FIELDS, 'resource', 'client'])
    memberClientOf(fields.client)
    return new MemberBatch(partsFrom(fields), MADE, resourceOf(fields.resource), fields.client)
  }

  /** All fields but `client` and `error`. */
  toJSON(): Record<string, unknown> {
    const { client: _, error: __, ...fields } = this
    return fields
  }
}

/**
 * The end of one member, in a stream of {@link Client.changesAll} or {@link Client.mirrorAll}: Graph refuses it permanently. The
 * others continue. It has the properties of a batch, without items.
 */
export interface MemberEnd {
  /** The resource whose changes no longer come. */
  readonly resource: Resource
  /** The client that followed the resource, and so the user. */
  readonly client: Client
  /** Why the member ended. */
  readonly error: DrivebellError
  /** There are none. */
  readonly items: readonly []
  /** Keep the checkpoint of the member's last batch. */
  readonly checkpoint: undefined
  /** No query has caused it. */
  readonly trigger: undefined
  /** It belongs to no enumeration. */
  readonly initial: false
  /** The member has not caught up. */
  readonly caughtUp: false
  /** It belongs to no enumeration. */
  readonly snapshot: undefined
  /** Nothing is enumerated again. */
  readonly resyncCode: undefined
}

/** @internal */
export function toMemberBatch<Of extends Item>(
  { batch, error }: NativeMemberBatch,
  origin: Origin,
): MemberBatch<Of> | MemberEnd {
  return batch ? MemberBatch.ofMember(batch, origin) : toMemberEnd(error as NonNullable<typeof error>, origin)
}

/** @internal */
export function toMemberEnd(error: NativeError, { resource, client, toError }: Origin): MemberEnd {
  return {
    resource,
    client: client as Client,
    error: toError(error),
    items: [],
    checkpoint: undefined,
    trigger: undefined,
    initial: false,
    caughtUp: false,
    snapshot: undefined,
    resyncCode: undefined,
  }
}
