import { ChangeBatch } from '../changes/change-batch'
import type { DrivebellError } from '../error'
import type { Client, Origin } from '../event/origin'
import type { Resource } from '../resource'
import type { NativeBatch, NativeError, NativeMemberBatch } from '../runtime/addon'

/**
 * A batch of one member, in a stream of {@link Client.changesAll}. Process it like a {@link ChangeBatch};
 * the checkpoint belongs to this member.
 */
export class MemberBatch extends ChangeBatch {
  /** The resource whose changes these are. */
  readonly resource: Resource
  /** The client that follows the resource, and so the user. */
  readonly client: Client
  /** The member has not ended. */
  readonly error: undefined

  /** @internal */
  constructor(native: NativeBatch, { resource, client }: Origin) {
    super(native)
    this.resource = resource
    this.client = client as Client
    this.error = undefined
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
  readonly items: readonly []
  /** Keep the checkpoint of the member's last batch. */
  readonly checkpoint: undefined
  readonly trigger: undefined
  readonly initial: false
  readonly caughtUp: false
  readonly snapshot: undefined
  readonly resyncCode: undefined
}

/** @internal */
export function toMemberBatch({ batch, error }: NativeMemberBatch, origin: Origin): MemberBatch | MemberEnd {
  return batch ? new MemberBatch(batch, origin) : toMemberEnd(error as NonNullable<typeof error>, origin)
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
