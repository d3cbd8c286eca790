import { type MemberEnd, toMemberEnd } from '../changes-set/member-batch'
import type { Client, Origin } from '../event/origin'
import { Change, type ChangeFields, chunkFrom } from '../mirror/change'
import type { Part } from '../mirror/change-stream'
import { type Chunk, toPart } from '../mirror/chunk'
import { type Resource, resourceOf } from '../resource'
import type { NativeError, NativeMemberParts } from '../runtime/addon'
import { memberClientOf } from '../set/member-client'

/** The fields of a {@link MemberChange} that is made by hand. */
export interface MemberChangeFields extends ChangeFields {
  /** The client that follows the drive. */
  client: Client
}

/** A change in one member, in a stream of {@link Client.mirrorAll}. */
export class MemberChange extends Change {
  /** The client that follows the drive, and so the user. */
  readonly client: Client
  /** The member has not ended. */
  readonly error: undefined

  private constructor(resource: Resource, chunk: Chunk, row: number, client: Client) {
    super(resource, chunk, row)
    this.client = client
    this.error = undefined
  }

  /** @internal */
  static ofMember({ resource, client }: Origin, chunk: Chunk, row: number): MemberChange {
    return new MemberChange(resource, chunk, row, client as Client)
  }

  /**
   * Makes a change of a member by hand, for tests of what handles it.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  static override from(fields: MemberChangeFields): MemberChange {
    const { client, ...others } = fields ?? {}
    memberClientOf(client)
    return new MemberChange(resourceOf(others.resource), chunkFrom(others), 0, client)
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
  if (changes) return toPart(changes, (chunk, row) => MemberChange.ofMember(origin, chunk, row))
  return { elements: [toMemberEnd(error as NativeError, origin)], more: false }
}

/** The elements are changes of one member, or one end. @internal */
export function toMemberBatch(elements: readonly (MemberChange | MemberEnd)[]): MemberChanges | MemberEnd {
  const [first] = elements as [MemberChange | MemberEnd]
  if (first.error) return first
  const { resource, client, error } = first
  return { resource, client, error, changes: elements as readonly MemberChange[] }
}
