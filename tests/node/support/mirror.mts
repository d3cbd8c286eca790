import assert from 'node:assert/strict'
import type { ChangeBatch, Changes, ChangesOptions } from 'drivebell'
import { type Simulator, TOKEN } from './simulator.mjs'

/** What a copy of a drive knows of an item. */
export interface Row {
  name: string | undefined
  parent: string | undefined
  size: number | undefined
}

/** So that a test does not wait as long as a program should. */
export const QUICK: Omit<ChangesOptions, 'since'> = {
  quietTime: 20,
  lagDelays: [100, 100, 100],
  pollInterval: 200,
}

/** A copy of `/me/drive`, by the rule of mark and sweep. */
export class Mirror {
  readonly #rows = new Map<string, { row: Row; mark: string | undefined }>()
  checkpoint: string | undefined
  batches = 0

  get size(): number {
    return this.#rows.size
  }

  apply({ items, snapshot, caughtUp, checkpoint }: ChangeBatch): void {
    for (const item of items) {
      assert.equal(item.type, 'driveItem')
      const { id, name, parentId: parent, size } = item
      if (item.deleted) this.#rows.delete(id)
      else this.#rows.set(id, { row: { name, parent, size }, mark: snapshot })
    }
    if (caughtUp && snapshot !== undefined) {
      for (const [id, { mark }] of this.#rows) if ((mark ?? '') < snapshot) this.#rows.delete(id)
    }
    this.checkpoint = checkpoint
    this.batches += 1
  }

  /** Takes batches until it is the drive. */
  async follow(batches: AsyncIterator<ChangeBatch, undefined>, simulator: Simulator): Promise<void> {
    while (!(await this.#equals(simulator))) this.apply(await nextOf(batches))
  }

  async #equals(simulator: Simulator): Promise<boolean> {
    const truth = await itemsOf(simulator)
    return (
      truth.size === this.#rows.size &&
      [...truth].every(([id, row]) => {
        const ours = this.#rows.get(id)?.row
        return ours?.name === row.name && ours?.parent === row.parent && ours?.size === row.size
      })
    )
  }
}

export async function nextOf(batches: AsyncIterator<ChangeBatch, undefined>): Promise<ChangeBatch> {
  const { done, value } = await batches.next()
  if (done) throw new Error('the changes have ended')
  return value
}

export function batchesOf(changes: Changes): AsyncIterator<ChangeBatch, undefined> {
  return changes[Symbol.asyncIterator]()
}

/** What the simulator says that is there. */
export async function itemsOf(simulator: Simulator): Promise<Map<string, Row>> {
  const response = await fetch(`${simulator.baseUrl}/_simulator/items?drive=b!me`)
  const items = (await response.json()) as { id: string; name: string; parent: string | null; size: number }[]
  return new Map(items.map(({ id, name, parent, size }) => [id, { name, parent: parent ?? undefined, size }]))
}

/** Changes something below `/me/drive`. */
export async function change(simulator: Simulator, method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${simulator.baseUrl}/v1.0/me/drive${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(method !== 'DELETE' && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status}`)
  await response.arrayBuffer()
}

export function upload(simulator: Simulator, name: string, content = 'content'): Promise<void> {
  return change(simulator, 'PUT', `/root:/${name}:/content`, { content })
}
