import { BatchStream } from '../changes/batch-stream'
import type { Item, KindOf } from '../changes/item-type'
import { type ChangesStats, toChangesStats } from '../changes/stats'
import { checkOptions, checkSince } from '../check'
import { unwrap } from '../error'
import type { ChangesEvent } from '../event/lifecycle'
import type { Client, OfMember } from '../event/origin'
import type { ChangesState } from '../names'
import type { Owner } from '../owner'
import { nativeOf, type Resource } from '../resource'
import type { NativeChangesSet, NativeClient, NativeMemberBatch, NativeResource } from '../runtime/addon'
import { memberClientOf } from '../set/member-client'
import { Members } from '../set/members'
import { type MemberBatch, type MemberEnd, toMemberBatch } from './member-batch'

/** The user of a member of a {@link ChangesSet}. */
export interface MemberOptions {
  /**
   * The client of another user, made by {@link Client.withCredential}; by default the client that made
   * the stream.
   */
  client?: Client | undefined
}

/** The options of {@link ChangesSet.add}. */
export interface AddOptions extends MemberOptions {
  /** Where to begin, as in {@link Client.changes}. */
  since: 'start' | 'now' | (string & Record<never, never>)
}

/** The statistics of the current members of a {@link ChangesSet} together. */
export interface ChangesSetStats extends ChangesStats {
  /** How many members the set has. */
  readonly members: number
  /** How many of them are live now. */
  readonly live: number
  /** How many of them poll now. */
  readonly polling: number
  /** How many of them have ended with an error. */
  readonly ended: number
}

/**
 * The changes of many resources, of one user or several, in one stream. A member is a resource of one
 * user, with a stream like that of {@link Client.changes}; each batch has its `resource` and `client`. If
 * Graph, or the credential, refuses a member permanently, a {@link MemberEnd} with its `error` comes
 * instead of a batch, and the others continue:
 *
 * ```ts
 * for await (const batch of changes) {
 *   if (batch.error) console.error(`${batch.resource} has ended: ${batch.error.message}`)
 *   else store(batch.client, batch.resource, batch.items, batch.checkpoint)
 * }
 * ```
 *
 * A member that has ended stays in the set, with the state `closed`, until you remove it or add it again.
 * The set itself ends only when it is closed. A slow loop slows all members down: at most
 * `maxConcurrentQueries` of them have a page in memory. Everything else is as in {@link Changes}.
 */
export class ChangesSet<Of extends Item = Item> extends BatchStream<
  MemberBatch<Of> | MemberEnd,
  OfMember<ChangesEvent>
> {
  readonly #native: NativeChangesSet
  readonly #client: Client
  readonly #owner: Owner
  readonly #members: Members

  /** @internal */
  constructor(
    native: NativeChangesSet,
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
      method: 'changesAll',
      toBatch: (native) => {
        const batch = native as NativeMemberBatch
        const origin = members.originOf(batch.member)
        // It was removed while its batch was on the way.
        return origin && toMemberBatch(batch, origin)
      },
      originOf: (id) => members.originOf(id),
      signal,
    })
    this.#native = native
    this.#client = client
    this.#owner = owner
    this.#members = members
    for (const resource of resources) {
      const id = native.idOf(...this.#nativesOf(resource, client))
      if (id !== null) members.note(id, resource, client)
    }
  }

  /** How many members the set has. */
  get size(): number {
    return this.#native.size
  }

  /**
   * Follows one more resource, without waiting. Adding a member again has no effect, unless it has ended:
   * then it starts anew.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad argument, and by the name `since`
   *   for a member that is followed from another beginning; `ERR_DRIVEBELL_STATE` if the client or the
   *   set is closed.
   */
  add(resource: Resource<KindOf<Of>>, options: AddOptions): this {
    const nativeResource = nativeOf(resource)
    if (options !== undefined) checkOptions(options, ['since', 'client'])
    const { since, client = this.#client }: Partial<AddOptions> = options ?? {}
    checkSince(since)
    const id = unwrap(this.#native.add(memberClientOf(client).native, nativeResource, since))
    this.#members.note(id, resource, client)
    return this
  }

  /**
   * Removes a resource of this user. Its subscription disconnects, and none of its batches and events is
   * delivered any more, not even those that wait. Returns false if it was not a member.
   */
  remove(resource: Resource, options: MemberOptions = {}): boolean {
    return this.#members.delete(this.#native.remove(...this.#nativesFor(resource, options)))
  }

  /** What a member does now, as {@link Changes.state}; `undefined` if it is not a member. */
  state(resource: Resource, options: MemberOptions = {}): ChangesState | undefined {
    return (this.#native.stateOf(...this.#nativesFor(resource, options)) ?? undefined) as ChangesState | undefined
  }

  /** The statistics of all current members together. */
  stats(): ChangesSetStats
  /** The statistics of one member; `undefined` if it is not a member. */
  stats(resource: Resource, options?: MemberOptions): ChangesStats | undefined
  stats(resource?: Resource, options: MemberOptions = {}): ChangesSetStats | ChangesStats | undefined {
    if (resource === undefined) {
      const { members, live, polling, ended, total } = this.#native.stats()
      return { ...toChangesStats(total), members, live, polling, ended }
    }
    const stats = this.#native.statsOf(...this.#nativesFor(resource, options))
    return stats ? toChangesStats(stats) : undefined
  }

  /**
   * Says that something changed in a member's resource, as {@link Changes.hint}.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if it is not a member, or has ended.
   */
  hint(resource: Resource, options: MemberOptions = {}): void {
    const error = this.#native.hint(...this.#nativesFor(resource, options))
    if (error) throw this.#owner.toError(error)
  }

  /** The members: each resource, and the client it was added for. One that has ended is among them. */
  members(): { resource: Resource; client: Client }[] {
    return this.#members.all()
  }

  #nativesFor(resource: Resource, options: MemberOptions): [NativeClient, NativeResource] {
    const given = options
    checkOptions(options, ['client'])
    return this.#nativesOf(resource, given.client ?? this.#client)
  }

  #nativesOf(resource: Resource, client: Client): [NativeClient, NativeResource] {
    return [memberClientOf(client).native, nativeOf(resource)]
  }
}
