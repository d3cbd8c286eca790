import { BatchStream } from '../changes/batch-stream'
import type { Item, KindOf } from '../changes/item-type'
import { type ChangesStats, toChangesStats } from '../changes/stats'
import type { AddOptions, MemberOptions } from '../changes-set/changes-set'
import { checkOptions, checkSince } from '../check'
import { type DrivebellError, unwrap } from '../error'
import type { ChangesEvent } from '../event/lifecycle'
import type { Client, OfMember, Origin } from '../event/origin'
import type { ChangesState } from '../names'
import type { Owner } from '../owner'
import { nativeOf, type Resource } from '../resource'
import type { NativeClient, NativeResource, NativeSharedBatch, NativeSharedChanges } from '../runtime/addon'
import { memberClientOf } from '../set/member-client'
import { Members } from '../set/members'
import { type SharedBatch, type SharedRefusal, toSharedBatch } from './shared-batch'

/** A drive that this process follows. */
export interface OwnedDrive {
  /** The drive. */
  readonly resource: Resource
  /** The client of its user. */
  readonly client: Client
  /**
   * What it does: its checkpoint is being taken (`starting`), Graph or its credential refuses it (`refused`), or
   * what {@link Changes.state} says.
   */
  readonly state: ChangesState | 'starting' | 'refused'
  /** Why it is refused. */
  readonly error: DrivebellError | undefined
  /** Under which epoch this process follows it. */
  readonly epoch: number
  /** The statistics of its stream, since this process follows it. */
  readonly stats: ChangesStats
}

/** A process that takes part. */
export interface SharedWorker {
  /** Its id: its name, and what tells this start from others. */
  readonly id: string
  /** How much it takes compared with the others; 0 while it hands everything over. */
  readonly capacity: number
  /** How many drives it has. */
  readonly drives: number
}

/** How the drives of a {@link SharedChanges} are shared, as of the last time that the store answered. */
export interface SharedStats {
  /** How many drives there are, whichever process follows them. */
  readonly drives: number
  /** How many this process has. */
  readonly owned: number
  /** How many have no process that lives. */
  readonly unowned: number
  /** How often this process has taken a drive from a silent process, or from none. */
  readonly claimed: number
  /** How often another process has handed a drive over to this one. */
  readonly received: number
  /** How often this process has handed a drive over. */
  readonly handedOver: number
  /** How often another process had taken a drive from this one. */
  readonly lost: number
  /** When the store was last listed: long ago if it is away. `undefined` before the first time. */
  readonly listedAt: Date | undefined
}

/**
 * The changes of drives that several processes share, for one `for await` loop: those of the drives that this
 * process follows. The processes divide the drives evenly among them, through the store. If a process ends or
 * dies, the others take over its drives, each from its last checkpoint.
 *
 * ```ts
 * for await (const batch of changes) {
 *   if (batch.error) console.error(`${batch.resource} is refused: ${batch.error.message}`)
 *   else await save(batch.resource, batch.items)
 * }
 * ```
 *
 * **At least once**: asking for the next batch says that the one before is done; then its checkpoint is stored.
 * After a crash, or if the loop's body throws, the batch comes again, here or in another process.
 *
 * If Graph or a credential refuses a drive, a {@link SharedRefusal} with its `error` comes instead of a batch, and
 * the drive is tried again later. The stream ends only when it is closed: leaving the loop closes it, and so do
 * {@link SharedChanges.close}, the call's `signal` and {@link Client.close}.
 */
export class SharedChanges<Of extends Item = Item> extends BatchStream<
  SharedBatch<Of> | SharedRefusal,
  OfMember<ChangesEvent>
> {
  /** The id of this process in the store: its name, and what tells this start from others. */
  readonly worker: string
  readonly #native: NativeSharedChanges
  readonly #client: Client
  readonly #members: Members

  /** @internal */
  constructor(
    native: NativeSharedChanges,
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
        release: (changes) => {
          members.clear()
          owner.release(changes)
        },
      },
      method: 'changesShared',
      toBatch: (value) => {
        const batch = value as NativeSharedBatch
        // It may have been removed and added again while its batch was on the way.
        const origin = members.originOf(batch.member) ?? members.originOf(native.idOfLast() ?? undefined)
        if (origin) return toSharedBatch<Of>(batch, origin)
        // Nobody has seen it, so it is not done.
        native.abandon()
        return undefined
      },
      originOf: (id) => members.originOf(id),
      signal,
    })
    this.worker = native.worker
    this.#native = native
    this.#client = client
    this.#members = members
    for (const resource of resources) {
      const id = native.idOf(...this.#nativesOf(resource, client))
      if (id !== null) members.note(id, resource, client)
    }
  }

  /** Says that the last batch is done, without asking for the next one: before you leave the loop, for instance. */
  done(): void {
    this.#native.done()
  }

  /** How many drives there are, whichever process follows them. */
  get size(): number {
    return this.#native.stats().drives
  }

  /**
   * Adds a drive, without waiting. `since` counts only if the store has no checkpoint of the drive. Every process
   * should have the same drives: one that lacks a drive never follows it. Adding a drive again has no effect.
   *
   * The `label` of the client is part of the drive's name in the store, so that it must be the same in every
   * process. Give each user's client a label of its own, if two of them have the same resource, such as
   * {@link Resource.myDrive}.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad argument; by the name `since` for a drive
   *   that is there with another beginning, and by the name `client` for one that is there for another client with
   *   the same label, or none; `ERR_DRIVEBELL_STATE` if the stream is closed.
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
   * Removes a drive from this process. None of its batches is delivered any more, not even one that waits. Returns
   * false if there was no such drive.
   *
   * Where it is still there it goes on, from its checkpoint, and so it does if it is added again. Remove it in every
   * process: one that has it offers it to those that lack it, again and again.
   */
  remove(resource: Resource, options: MemberOptions = {}): boolean {
    checkOptions(options, ['client'])
    const { client = this.#client } = options as MemberOptions
    return this.#members.delete(this.#native.remove(...this.#nativesOf(resource, client)))
  }

  /** All drives, whichever process follows them: each resource, and the client it was added for. */
  members(): { resource: Resource; client: Client }[] {
    return this.#members.all()
  }

  /** The drives that this process follows now, in no particular order. */
  owned(): OwnedDrive[] {
    return this.#native.owned().flatMap(({ member, state, error, epoch, stats }) => {
      const origin = this.#members.originOf(member)
      if (!origin) return []
      const { resource, client, toError } = origin as Origin & { client: Client }
      return [
        {
          resource,
          client,
          state: state as OwnedDrive['state'],
          error: error && toError(error),
          epoch,
          stats: toChangesStats(stats),
        },
      ]
    })
  }

  /** The processes that take part and live, this one among them, sorted by their ids. */
  workers(): SharedWorker[] {
    return this.#native.workers()
  }

  /** How the drives are shared now. */
  stats(): SharedStats {
    const { listedAt, ...stats } = this.#native.stats()
    return { ...stats, listedAt: listedAt === undefined ? undefined : new Date(listedAt) }
  }

  #nativesOf(resource: Resource, client: Client): [NativeClient, NativeResource] {
    return [memberClientOf(client).native, nativeOf(resource)]
  }
}
