import { unwrap } from '../error'
import { Consumer } from '../event/consumer'
import type { SetEvent } from '../event/event'
import { SET_EVENTS, type SetEvents } from '../event/handlers'
import type { Notification } from '../event/notification'
import type { Client, OfMember } from '../event/origin'
import type { SubscriptionState } from '../names'
import type { Owner } from '../owner'
import { nativeOf, type Resource } from '../resource'
import type { NativeClient, NativeResource, NativeSubscriptionSet } from '../runtime/addon'
import { type SetStats, type SubscriptionStats, toStats } from '../session/stats'
import { memberClientOf } from './member-client'
import { Members } from './members'

/**
 * Subscriptions to many resources, of one user or several, with one stream of events for one
 * consumer. The rules are those of a {@link Subscription}. Each event names its `resource` and its
 * `client`, the one whose user it is about.
 *
 * Each member is kept alive like a {@link Subscription}. If Graph, or the credential, refuses one
 * permanently, that member ends with an event `ended` and the others continue. It stays in the set,
 * with the state `closed`, until you remove it or add it again. The set itself ends only when it is
 * closed, because you may add members at any time.
 *
 * Events wait in one bounded mailbox. When it is full, they merge with events of the same resource
 * and user only. The set keeps the process alive until it is closed; see
 * {@link SubscriptionSet.unref}.
 */
export class SubscriptionSet extends Consumer<SetEvents, SetEvent, OfMember<Notification>> {
  readonly #native: NativeSubscriptionSet
  readonly #client: Client
  readonly #members: Members

  /** @internal */
  constructor(native: NativeSubscriptionSet, client: Client, owner: Owner, signal?: AbortSignal) {
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
      events: SET_EVENTS,
      originOf: (id) => members.originOf(id),
      signal,
    })
    this.#native = native
    this.#client = client
    this.#members = members
  }

  /** How many members the set has. */
  get size(): number {
    return this.#native.size
  }

  /**
   * Adds a resource and starts to subscribe to it, without waiting. Attempts continue until it is
   * removed, and its events report them. Adding a member again has no effect, unless it has ended:
   * then it starts anew.
   *
   * @param client the client of another user, made by {@link Client.withCredential}; by default the
   *   client that made the set.
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` if an argument is not a resource or a
   *   client; `ERR_DRIVEBELL_STATE` if the client or the set is closed.
   */
  add(resource: Resource, client: Client = this.#client): this {
    const nativeResource = nativeOf(resource)
    this.#members.note(unwrap(this.#native.add(memberClientOf(client).native, nativeResource)), resource, client)
    return this
  }

  /**
   * Removes a resource of this user. Its session disconnects, and none of its events is delivered any
   * more, not even those that wait. Returns false if it was not a member.
   */
  remove(resource: Resource, client: Client = this.#client): boolean {
    return this.#members.delete(this.#native.remove(...this.#nativesOf(resource, client)))
  }

  /** The state of the session for this resource and user; `undefined` if it is not a member. */
  state(resource: Resource, client: Client = this.#client): SubscriptionState | undefined {
    return (this.#native.stateOf(...this.#nativesOf(resource, client)) ?? undefined) as SubscriptionState | undefined
  }

  /** The statistics of all current members together. */
  stats(): SetStats
  /** The statistics of one member; `undefined` if it is not a member. */
  stats(resource: Resource, client?: Client): SubscriptionStats | undefined
  stats(resource?: Resource, client: Client = this.#client): SetStats | SubscriptionStats | undefined {
    if (resource === undefined) {
      const { members, live, ended, total } = this.#native.stats()
      return { ...toStats(total, this.buffered), members, live, ended }
    }
    const stats = this.#native.statsOf(...this.#nativesOf(resource, client))
    return stats ? toStats(stats, 0) : undefined
  }

  /** The members: each resource, and the client it was added for. */
  members(): { resource: Resource; client: Client }[] {
    return this.#members.all()
  }

  /** How many members it has, and how many of them are live. */
  toJSON(): Record<string, unknown> {
    const { members, live } = this.stats()
    return { members, live }
  }

  #nativesOf(resource: Resource, client: Client): [NativeClient, NativeResource] {
    return [memberClientOf(client).native, nativeOf(resource)]
  }
}
