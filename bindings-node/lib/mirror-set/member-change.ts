import { type MemberEnd, toMemberEnd } from '../changes-set/member-batch'
import type { Client, Origin } from '../event/origin'
import { Change } from '../mirror/change'
import type { Part } from '../mirror/change-stream'
import { type Chunk, toPart } from '../mirror/chunk'
import type { Resource } from '../resource'
import type { NativeError, NativeMemberParts } from '../runtime/addon'

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
export function toMemberPart(native: NativeMemberParts, origin: Origin): Part<MemberChange | MemberEnd> {
  const { changes, error } = native
  if (changes) return toPart(changes, (chunk, row) => new MemberChange(origin, chunk, row))
  return { elements: [toMemberEnd(error as NativeError, origin)], more: false }
}

/** The elements are changes of one member, or one end. @internal */
export function toMemberBatch(elements: readonly (MemberChange | MemberEnd)[]): MemberChanges | MemberEnd {
  const [first] = elements as [MemberChange | MemberEnd]
  if (first.error) return first
  const { resource, client, error } = first
  return { resource, client, error, changes: elements as readonly MemberChange[] }
}
