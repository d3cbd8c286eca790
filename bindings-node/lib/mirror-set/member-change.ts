import { type MemberEnd, toMemberEnd } from '../changes-set/member-batch'
import type { Client, Origin } from '../event/origin'
import { Change } from '../mirror/change'
import { Chunk } from '../mirror/chunk'
import type { Resource } from '../resource'
import type { NativeError, NativeMemberChunk } from '../runtime/addon'

/** A change in one member, in a stream of {@link Client.mirrorAll}. */
export class MemberChange extends Change {
  /** The client that follows the drive, and so the user. */
  readonly client: Client
  /** The member has not ended. */
  readonly error: undefined

  /** @internal */
  constructor(origin: Origin, chunk: Chunk, row: number) {
    super(origin.resource, chunk, row)
    this.client = origin.client as Client
    this.error = undefined
  }

  /** All fields except `client` and `error`. */
  override toJSON(): Record<string, unknown> {
    const { client: _, ...others } = super.toJSON()
    return others
  }
}

/** Changes of one member, in the batches of {@link Client.mirrorAll}. */
export interface MemberChanges {
  /** The mirrored drive. */
  readonly resource: Resource
  /** The client that follows the drive, and so the user. */
  readonly client: Client
  /** The member has not ended. */
  readonly error: undefined
  /** What happened, in order. */
  readonly changes: readonly MemberChange[]
}

/** @internal */
export function toMemberChanges(native: NativeMemberChunk, origin: Origin): MemberChanges | MemberEnd {
  if (!native.chunk) return toMemberEnd(native.error as NativeError, origin)
  const chunk = new Chunk(native.chunk)
  return {
    resource: origin.resource,
    client: origin.client as Client,
    error: undefined,
    changes: chunk.map((row) => new MemberChange(origin, chunk, row)),
  }
}
