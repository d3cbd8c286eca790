import type { Client, SharedBatch, SharedChanges, SharedOptions, SharedRefusal } from 'drivebell'
import { Resource } from 'drivebell'
import { IDLE } from './changes.mjs'
import { until, within } from './deadline.mjs'
import { Simulator } from './simulator.mjs'

/** How many drives the tests share. */
export const COUNT = 10

/** A dead process is found soon. A test waits for much longer before it fails. */
export const SOON: SharedOptions = { ...IDLE, leaseTime: 500, refusedRetry: 300 }

export const DRIVES = Array.from({ length: COUNT }, (_, index) =>
  Resource.drive(`drive-${String(index + 1).padStart(5, '0')}`),
)

export function startDrives(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', '--drives', `${COUNT}`, ...options)
}

/** Creates a file in a drive, and announces it. */
export async function put(simulator: Simulator, drive: Resource, name: string): Promise<void> {
  const id = `${drive}`.split('/').at(2) as string
  await simulator.control('PUT', `files?drive=${id}&path=/${name}`, 'content')
}

type Element = SharedBatch | SharedRefusal

/** A loop that collects what comes, and can be left. */
export class Loop {
  readonly changes: SharedChanges
  readonly elements: Element[] = []
  readonly ended: Promise<void>

  constructor(changes: SharedChanges, handle: (element: Element) => unknown = () => {}) {
    this.changes = changes
    this.ended = this.#run(handle)
    this.ended.catch(() => {})
  }

  async #run(handle: (element: Element) => unknown): Promise<void> {
    for await (const element of this.changes) {
      this.elements.push(element)
      await handle(element)
    }
  }

  get batches(): SharedBatch[] {
    return this.elements.filter((element): element is SharedBatch => !element.error)
  }

  /** The names of the files that came, of all drives. */
  get names(): Set<string> {
    return new Set(this.batches.flatMap(({ items }) => items.map(({ name }) => `${name}`)))
  }
}

/** A stream that is followed by a loop. */
export function follow(client: Client, store: Parameters<Client['changesShared']>[1], options: SharedOptions): Loop {
  return new Loop(client.changesShared(DRIVES, store, { since: 'start', ...SOON, ...options }))
}

export function owns(changes: SharedChanges, count: number): Promise<void> {
  const all = () => changes.owned().filter(({ state }) => state !== 'starting').length === count
  return until(all, `${changes.worker} owns ${count}`)
}

export function closed(...loops: Loop[]): Promise<unknown> {
  return within(Promise.all(loops.map(({ changes }) => changes.close())), 'the end')
}
