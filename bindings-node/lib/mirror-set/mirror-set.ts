import type { MemberOptions } from '../changes-set/changes-set'
import type { MemberEnd } from '../changes-set/member-batch'
import { checkOptions } from '../check'
import { unwrap } from '../error'
import type { ChangesEvent } from '../event/lifecycle'
import type { Client, OfMember } from '../event/origin'
import { ChangeStream } from '../mirror/change-stream'
import { type MirrorStats, toMirrorStats } from '../mirror/stats'
import { Tree } from '../mirror/tree'
import type { ChangesState, ResourceKind } from '../names'
import type { Owner } from '../owner'
import { type NotAList, nativeOf, type Resource } from '../resource'
import type { DoneOutcome, NativeMemberParts, NativeMirrorSet } from '../runtime/addon'
import { run } from '../runtime/operation'
import { memberClientOf } from '../set/member-client'
import { Members } from '../set/members'
import { type MemberChange, type MemberChanges, toMemberBatch, toMemberPart } from './member-change'

/**
 * The trees of many drives in one file, and the changes in them in one stream. Each change has its `resource`
 * and `client`. The sequence of changes is that of each drive. If Graph, or the credential, refuses a member
 * permanently, a {@link MemberEnd} with its `error` comes instead of a change, and the others continue:
 *
 * ```ts
 * for await (const change of mirror) {
 *   if (change.error) console.error(`${change.resource} has ended: ${change.error.message}`)
 *   else console.log(change.kind, change.path)
 * }
 * ```
 *
 * A member that has ended stays in the set, with the state `closed`, until you remove it or add it again. The
 * set itself ends when it is closed, or when its file cannot be used any more. Everything else is as in
 * {@link Mirror}.
 */
export class MirrorSet extends ChangeStream<
  MemberChanges | MemberEnd,
  MemberChange | MemberEnd,
  OfMember<ChangesEvent>
> {
  readonly #native: NativeMirrorSet
  readonly #client: Client
  readonly #owner: Owner
  readonly #members: Members

  /** @internal */
  constructor(
    native: NativeMirrorSet,
    client: Client,
    resources: Iterable<Resource>,
    owner: Owner,
    signal: AbortSignal | undefined,
  ) {
    const members = new Members(() => native.memberIds())
    super({
      native,
      owner: {
        label: owner.label,
        toError: owner.toError,
        release: (set) => {
          members.clear()
          owner.release(set)
        },
      },
      method: 'mirrorAll',
      toPart: (value) => {
        const native = value as NativeMemberParts
        const origin = members.originOf(native.member)
        // It was removed while its changes were on the way.
        return origin && toMemberPart(native, origin)
      },
      toBatch: toMemberBatch,
      originOf: (id) => members.originOf(id),
      signal,
    })
    this.#native = native
    this.#client = client
    this.#owner = owner
    this.#members = members
    for (const resource of resources) {
      const id = native.idOf(nativeOf(resource))
      if (id !== null) members.note(id, resource, client)
    }
  }

  /** How many members the set has. */
  get size(): number {
    return this.members().length
  }

  /**
   * Mirrors one more drive, without waiting. It goes on where the file ends, or begins with a full
   * enumeration. Adding a member again has no effect, unless it has ended: then it starts anew.
   *
   * The drives of several users can be in one file, but not two users' `Resource.myDrive()`: name them by
   * their ids.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad argument, and by the name `resource` for
   *   a drive that is in the file for another user; `ERR_DRIVEBELL_STORAGE` if the file cannot be used;
   *   `ERR_DRIVEBELL_STATE` if the client or the set is closed.
   */
  add<Kind extends ResourceKind>(resource: Resource<Kind> & NotAList<Kind>, options: MemberOptions = {}): this {
    const nativeResource = nativeOf(resource)
    checkOptions(options, ['client'])
    const { client = this.#client }: MemberOptions = options
    const id = unwrap(this.#native.add(memberClientOf(client).native, nativeResource))
    this.#members.note(id, resource, client)
    return this
  }

  /**
   * Stops to follow a drive. Its tree stays in the file as it is. None of its changes is delivered any more;
   * they, and the one that was handed out last, come when it is added again. Returns false if it was not a
   * member.
   */
  remove(resource: Resource): boolean {
    this.noteDone()
    const removed = this.#members.delete(this.#native.remove(nativeOf(resource)))
    if (removed) this.drop((element) => element.resource.equals(resource))
    return removed
  }

  /**
   * The tree of a member.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it is not a member.
   */
  tree(resource: Resource): Tree {
    return new Tree(unwrap(this.#native.tree(nativeOf(resource))))
  }

  /**
   * Resolves when the first enumeration of a member is complete, as {@link Mirror.ready}; without a resource,
   * those of all current members.
   *
   * @throws DrivebellError as {@link Mirror.ready}; `ERR_DRIVEBELL_STATE` if it is not a member.
   */
  async ready(resource?: Resource): Promise<void> {
    const target = resource === undefined ? undefined : nativeOf(resource)
    const { error } = await run<DoneOutcome>((settle) => this.#native.ready(target, settle))
    if (error) throw this.#owner.toError(error)
  }

  /** What a member does now, as {@link Changes.state}; `undefined` if it is not a member. */
  state(resource: Resource): ChangesState | undefined {
    return (this.#native.stateOf(nativeOf(resource)) ?? undefined) as ChangesState | undefined
  }

  /**
   * The statistics of a member.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it is not a member; `ERR_DRIVEBELL_STORAGE` if the file
   *   cannot be read.
   */
  stats(resource: Resource): MirrorStats {
    return toMirrorStats(unwrap(this.#native.statsOf(nativeOf(resource))))
  }

  /**
   * Says that something changed in a member's drive, as {@link Changes.hint}.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it is not a member, or has ended.
   */
  hint(resource: Resource): void {
    const error = this.#native.hint(nativeOf(resource))
    if (error) throw this.#owner.toError(error)
  }

  /** The members: each drive, and the client it was added for. One that has ended is among them. */
  members(): { resource: Resource; client: Client }[] {
    return this.#members.all()
  }
}
