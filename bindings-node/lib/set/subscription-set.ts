import type { Client } from '../client/client'
import { unwrap } from '../error'
import { Consumer } from '../event/consumer'
import type { Origin, SetEvent } from '../event/event'
import { SET_EVENTS, type SetEvents } from '../event/handlers'
import { nativeOf, type Resource } from '../resource'
import type { NativeSubscriptionSet } from '../runtime/addon'
import { type SetStats, type SubscriptionState, type SubscriptionStats, toStats } from '../session/stats'
import type { Owner } from '../session/subscription'
import { type ClientSide, sideOf } from './member-client'

/**
 * Subscriptions to many resources, of one user or of many, whose events come in one order to one
 * consumer, by the rules of a {@link Subscription}. Each event tells its `resource`, and its
 * `client`: the one whose user it is about.
 *
 * Each lives as a {@link Subscription} does. One that Graph, or the credential, refuses for good is
 * over with an event `ended`, and the others go on; it stays in the set, with the state `closed`,
 * until it is removed or added again. The set itself ends when it is closed, and not before, because
 * others may be added at any time.
 *
 * Events wait in one bounded queue; when it is full, they merge with those of the same resource and
 * user only. The set keeps the process alive until it is closed; see {@link SubscriptionSet.unref}.
 */
export class SubscriptionSet extends Consumer<SetEvents, SetEvent> {
  readonly #native: NativeSubscriptionSet
  readonly #client: Client
  readonly #members: Map<number, Origin>

  /** @internal */
  constructor(native: NativeSubscriptionSet, client: Client, owner: Owner<SubscriptionSet>, signal?: AbortSignal) {
    const members = new Map<number, Origin>()
    super({
      native,
      keeper: {
        toError: owner.toError,
        release: () => {
          members.clear()
          owner.release(this)
        },
      },
      events: SET_EVENTS,
      signal,
      originOf: ({ member }) => members.get(member as number) as Origin,
      isGone: ({ member }) => member !== undefined && !members.has(member),
    })
    this.#native = native
    this.#client = client
    this.#members = members
  }

  /** How many are in the set. */
  get size(): number {
    return this.#members.size
  }

  /**
   * Adds a resource, and subscribes to it without waiting: attempts go on for ever, and its events
   * tell of them. One that is there already stays as it is, and one that has ended starts anew.
   *
   * @param client of another user, made by {@link Client.withCredential}; default the one that made
   *   the set.
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` for what is no resource or
   *   no client, and `ERR_DRIVEBELL_STATE` if the client or the set is closed.
   */
  add(resource: Resource, client: Client = this.#client): this {
    const target = nativeOf(resource)
    const side = sideOf(client)
    side.refuseIfClosed()
    const number = unwrap(this.#native.add(side.native, target))
    if (!this.#members.has(number)) this.#members.set(number, { resource, client, toError: side.toError })
    side.join(this)
    return this
  }

  /**
   * Removes a resource of this user: its session says goodbye, and nothing more is told of it, not
   * even what waits. False if it was not there.
   */
  remove(resource: Resource, client: Client = this.#client): boolean {
    const [side, target] = this.#keyOf(resource, client)
    const number = this.#native.remove(side, target)
    return typeof number === 'number' && this.#members.delete(number)
  }

  /** Where the session of this resource and user is; `undefined` if it is not in the set. */
  state(resource: Resource, client: Client = this.#client): SubscriptionState | undefined {
    return this.#native.stateOf(...this.#keyOf(resource, client)) ?? undefined
  }

  /** What those that are in the set have been through so far, in all. */
  stats(): SetStats
  /** What one of them has; `undefined` if it is not there. */
  stats(resource: Resource, client?: Client): SubscriptionStats | undefined
  stats(resource?: Resource, client: Client = this.#client): SetStats | SubscriptionStats | undefined {
    if (resource === undefined) {
      const { members, live, ended, total } = this.#native.stats()
      return { ...toStats(total, this.fetched), members, live, ended }
    }
    const stats = this.#native.statsOf(...this.#keyOf(resource, client))
    return stats ? toStats(stats, 0) : undefined
  }

  /** Which resources are in the set, and whose. */
  members(): { resource: Resource; client: Client }[] {
    return [...this.#members.values()].map(({ resource, client }) => ({ resource, client: client as Client }))
  }

  toJSON(): Record<string, unknown> {
    const { members, live } = this.stats()
    return { members, live }
  }

  #keyOf(resource: Resource, client: Client): [ClientSide['native'], ReturnType<typeof nativeOf>] {
    return [sideOf(client).native, nativeOf(resource)]
  }
}
