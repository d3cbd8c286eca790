import type { Client, Origin } from '../event/origin'
import type { Resource } from '../resource'
import { memberClientOf } from './member-client'

/** How many entries of removed members are always allowed. */
const REMOVED = 16

interface Member extends Origin {
  isClosed(): boolean
}

/**
 * The members of a set, by the ids that their events carry. The core removes the members of a client
 * that is closed; their entries stay for a while.
 *
 * @internal
 */
export class Members {
  readonly #currentIds: () => readonly number[]
  readonly #byId = new Map<number, Member>()
  /** When there are this many entries, those of removed members are dropped. */
  #limit = REMOVED

  /** `currentIds` returns the ids that the core still knows. */
  constructor(currentIds: () => readonly number[]) {
    this.#currentIds = currentIds
  }

  note(id: number, resource: Resource, client: Client): void {
    const { toError, isClosed } = memberClientOf(client)
    if (!this.#byId.has(id)) this.#byId.set(id, { resource, client, label: client.label, toError, isClosed })
    if (this.#byId.size >= this.#limit) this.#forgetRemoved()
  }

  /** `undefined` for a member that was removed. */
  originOf(id: number | undefined): Origin | undefined {
    const member = this.#byId.get(id as number)
    return member?.isClosed() ? undefined : member
  }

  delete(id: number | null): boolean {
    return typeof id === 'number' && this.#byId.delete(id)
  }

  all(): { resource: Resource; client: Client }[] {
    this.#forgetRemoved()
    return [...this.#byId.values()].map(({ resource, client }) => ({ resource, client: client as Client }))
  }

  clear(): void {
    this.#byId.clear()
  }

  #forgetRemoved(): void {
    const current = new Set(this.#currentIds())
    for (const id of this.#byId.keys()) if (!current.has(id)) this.#byId.delete(id)
    this.#limit = 2 * this.#byId.size + REMOVED
  }
}
