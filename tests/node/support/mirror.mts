import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { ChangeBatch, Changes, ChangesOptions } from 'drivebell'
import { type Simulator, TOKEN } from './simulator.mjs'

/** What a mirror stores about an item. */
export interface Row {
  name: string | undefined
  parent: string | undefined
  size: number | undefined
}

/** Shorter waits than a program should use. */
export const QUICK: Omit<ChangesOptions, 'since'> = {
  quietTime: 20,
  lagDelays: [100, 100, 100],
  overlap: 300,
  pollInterval: 200,
}

/** A copy of `/me/drive`, updated by mark and sweep. */
export class Mirror {
  readonly #rows = new Map<string, Row>()
  /** For each row, the snapshot of the latest batch that contained it. */
  readonly #marks = new Map<string, string | undefined>()
  checkpoint: string | undefined
  batches = 0

  /** Its rows by item id. */
  get rows(): ReadonlyMap<string, Row> {
    return this.#rows
  }

  apply({ items, snapshot, caughtUp, checkpoint }: ChangeBatch): void {
    for (const item of items) {
      assert.equal(item.type, 'driveItem')
      const { id, name, parentId: parent, size } = item
      if (item.deleted) this.#delete(id)
      else {
        this.#rows.set(id, { name, parent, size })
        this.#marks.set(id, snapshot)
      }
    }
    if (caughtUp && snapshot !== undefined) {
      for (const [id, mark] of this.#marks) if ((mark ?? '') < snapshot) this.#delete(id)
    }
    this.checkpoint = checkpoint
    this.batches += 1
  }

  /** Applies batches until the mirror equals the drive. */
  async follow(batches: AsyncIterator<ChangeBatch, undefined>, simulator: Simulator): Promise<void> {
    while (!isDeepStrictEqual(this.#rows, await itemsOf(simulator))) this.apply(await nextOf(batches))
  }

  #delete(id: string): void {
    this.#rows.delete(id)
    this.#marks.delete(id)
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

/** The items of `/me/drive`, as the simulator reports them. */
export async function itemsOf(simulator: Simulator): Promise<Map<string, Row>> {
  const response = await fetch(`${simulator.baseUrl}/_simulator/items?drive=b!me`)
  const items = (await response.json()) as { id: string; name: string; parent: string | null; size: number }[]
  return new Map(items.map(({ id, name, parent, size }) => [id, { name, parent: parent ?? undefined, size }]))
}

/** Sends a request that changes something in `/me/drive`. */
export async function change(
  simulator: Simulator,
  method: string,
  path: string,
  body: object | string = {},
): Promise<void> {
  const response = await fetch(`${simulator.baseUrl}/v1.0/me/drive${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(method !== 'DELETE' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status}`)
  await response.arrayBuffer()
}

/** Creates or replaces a file. */
export function upload(simulator: Simulator, path: string, content = 'content'): Promise<void> {
  return change(simulator, 'PUT', `/root:/${encodeURI(path)}:/content`, content)
}
