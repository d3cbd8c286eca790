import type { ChangeBatch, Changes, ChangesOptions, Client, Resource } from 'drivebell'
import { type Row, sweep, take } from './mark-and-sweep.mjs'
import type { Random } from './random.mjs'

/** So short that a sequence takes a moment. */
const HASTY: Omit<ChangesOptions, 'since'> = {
  liveTimeout: 300,
  quietTime: 5,
  maxDelay: 50,
  lagDelays: [40, 80, 160],
  pollInterval: 100,
}

interface Stored {
  rows: Map<string, Row>
  checkpoint: string | undefined
}

/**
 * A program that keeps a copy of a drive, and ends at any moment. What it does between two ends is lost, but for
 * what it has stored: rows and checkpoint together now and then; or the rows at once, and most of the times,
 * because an end may come in between, the checkpoint behind them.
 */
export class Follower {
  readonly #client: Client
  readonly #resource: Resource
  readonly #random: Random
  readonly #together: boolean
  #rows = new Map<string, Row>()
  #stored: Stored = { rows: new Map(), checkpoint: undefined }
  #changes: Changes
  #batches: AsyncIterator<ChangeBatch, undefined>
  #next: Promise<IteratorResult<ChangeBatch, undefined>> | undefined
  readonly told = { batches: 0, restarts: 0, enumerations: 0, deletions: 0 }

  constructor(client: Client, resource: Resource, random: Random) {
    this.#client = client
    this.#resource = resource
    this.#random = random
    this.#together = random.oneIn(2)
    this.#changes = this.#begin()
    this.#batches = this.#changes[Symbol.asyncIterator]()
  }

  get rows(): ReadonlyMap<string, Row> {
    return this.#rows
  }

  /** Takes a batch, if one comes in so many milliseconds. What has come too late is the next. */
  async take(patience: number): Promise<boolean> {
    this.#next ??= this.#batches.next()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patience)
    })
    const next = await Promise.race([this.#next, late])
    clearTimeout(timer)
    if (next === undefined) return false
    this.#next = undefined
    if (next.done) throw new Error('the changes have ended')
    this.#apply(next.value)
    return true
  }

  /** The program ends, and begins again with what it has stored. */
  async restart(): Promise<void> {
    await this.#changes.close()
    this.#next = undefined
    this.told.restarts += 1
    if (this.#together) this.#rows = new Map(this.#stored.rows)
    this.#changes = this.#begin()
    this.#batches = this.#changes[Symbol.asyncIterator]()
  }

  close(): Promise<void> {
    return this.#changes.close()
  }

  #begin(): Changes {
    return this.#client.changes(this.#resource, { since: this.#stored.checkpoint ?? 'start', ...HASTY })
  }

  #apply(batch: ChangeBatch): void {
    this.told.batches += 1
    this.told.enumerations += batch.resyncCode === undefined ? 0 : 1
    this.told.deletions += batch.items.filter(({ deleted }) => deleted).length
    take(this.#rows, batch)
    sweep(this.#rows, batch)
    if (this.#random.oneIn(this.#together ? 2 : 5)) return
    this.#stored = { rows: new Map(this.#rows), checkpoint: batch.checkpoint }
  }
}
