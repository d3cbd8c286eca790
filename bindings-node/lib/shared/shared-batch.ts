import {
  type BatchParts,
  ChangeBatch,
  type ChangeBatchFields,
  FIELDS,
  partsFrom,
  partsOf,
} from '../changes/change-batch'
import type { Item, KindOf } from '../changes/item-type'
import { type MemberEnd, toMemberEnd } from '../changes-set/member-batch'
import { checkCount, checkFields, MADE } from '../check'
import type { Client, Origin } from '../event/origin'
import { type Resource, resourceOf } from '../resource'
import type { NativeError, NativeSharedBatch } from '../runtime/addon'
import { memberClientOf } from '../set/member-client'

/** The fields of a {@link SharedBatch} that is made by hand. */
export interface SharedBatchFields<Of extends Item = Item> extends ChangeBatchFields<Of> {
  /** The resource, or its path. */
  resource: Resource<KindOf<Of>> | string
  /** The client that follows the resource. */
  client: Client
  /** Default: 1. */
  epoch?: number | undefined
  /** Default: 0. */
  sequence?: number | undefined
}

/** What a shared batch has in addition. */
interface SharedParts {
  readonly resource: Resource
  readonly client: Client
  readonly epoch: number
  readonly sequence: number
}

/**
 * A batch of a drive that this process follows, in a stream of {@link Client.changesShared}. Process it like
 * a {@link ChangeBatch}. Its checkpoint goes to the store by itself when the batch is done.
 */
export class SharedBatch<Of extends Item = Item> extends ChangeBatch<Of> {
  /** The resource whose changes these are. */
  readonly resource: Resource<KindOf<Of>>
  /** The client that follows the resource, and so the user. */
  readonly client: Client
  /** The drive is not refused. */
  readonly error: undefined
  /**
   * Under which epoch this process follows the drive. A later owner has a higher one: if two processes must
   * never write at the same time, store it with what you write, and refuse to write with a lower one.
   */
  readonly epoch: number
  /** How many batches of the drive were done before this one, whichever process has done them. */
  readonly sequence: number

  private constructor(parts: BatchParts<Of>, made: typeof MADE, shared: SharedParts) {
    super(parts, made)
    this.resource = shared.resource as Resource<KindOf<Of>>
    this.client = shared.client
    this.error = undefined
    this.epoch = shared.epoch
    this.sequence = shared.sequence
  }

  /** @internal */
  static ofDrive<Of extends Item>(
    { batch, epoch, sequence }: NativeSharedBatch,
    { resource, client }: Origin,
  ): SharedBatch<Of> {
    const parts = partsOf<Of>(batch as NonNullable<typeof batch>)
    return new SharedBatch(parts, MADE, { resource, client: client as Client, epoch, sequence })
  }

  /**
   * Makes a batch of a drive by hand, for tests of what handles it.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static override from<Of extends Item = Item>(fields: SharedBatchFields<Of>): SharedBatch<Of> {
    checkFields(fields, [...FIELDS, 'resource', 'client', 'epoch', 'sequence'])
    const { client, epoch = 1, sequence = 0 } = fields
    memberClientOf(client)
    checkCount('epoch', epoch)
    checkCount('sequence', sequence)
    const shared = { resource: resourceOf(fields.resource), client, epoch, sequence }
    return new SharedBatch(partsFrom(fields), MADE, shared)
  }

  /** All fields but `client` and `error`. */
  toJSON(): Record<string, unknown> {
    const { client: _, error: __, ...fields } = this
    return fields
  }
}

/**
 * Why a drive cannot be followed at present, in a stream of {@link Client.changesShared}: Graph or its
 * credential refuses it. It is tried again after `refusedRetry`, here or in another process. It has the
 * properties of a batch, without items.
 */
export interface SharedRefusal extends MemberEnd {
  /** There is none. */
  readonly epoch: undefined
  /** There is none. */
  readonly sequence: undefined
}

/** @internal */
export function toSharedBatch<Of extends Item>(
  native: NativeSharedBatch,
  origin: Origin,
): SharedBatch<Of> | SharedRefusal {
  if (native.batch) return SharedBatch.ofDrive(native, origin)
  return { ...toMemberEnd(native.error as NativeError, origin), epoch: undefined, sequence: undefined }
}
