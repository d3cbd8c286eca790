/** A store of the four calls, over two maps. */
import type { Checkpoint, CheckpointStore, Ownership } from 'drivebell'

type Stored<Record> = Record & { revision: number }

export class MapStore implements CheckpointStore {
  readonly ownership = new Map<string, Stored<Ownership>>()
  readonly checkpoints = new Map<string, Stored<Checkpoint>>()
  #writes = 0

  listOwnership(): Ownership[] {
    return [...this.ownership.values()]
  }

  claimOwnership(claims: Ownership[]): Ownership[] {
    return claims.flatMap((claim) => this.#write(this.ownership, claim.partition, claim) ?? [])
  }

  listCheckpoints(partitions: string[]): Checkpoint[] {
    return [...this.checkpoints.values()].filter(({ partition }) => partitions.includes(partition))
  }

  updateCheckpoint(checkpoint: Checkpoint): Checkpoint | undefined {
    const { partition, drive } = checkpoint
    return this.#write(this.checkpoints, JSON.stringify([partition, drive]), checkpoint)
  }

  #write<Of extends Ownership | Checkpoint>(records: Map<string, Stored<Of>>, key: string, record: Of) {
    if (records.get(key)?.revision !== record.revision) return undefined
    this.#writes += 1
    const written = { ...record, revision: this.#writes }
    records.set(key, written)
    return written
  }
}

/** The same with promises, with bigints, and with a class of its own for what it returns. */
export class SlowMapStore implements CheckpointStore {
  readonly #inner = new MapStore()

  async listOwnership(): Promise<Set<Ownership>> {
    return new Set(this.#inner.listOwnership().map(large))
  }

  async claimOwnership(claims: Ownership[]): Promise<Ownership[]> {
    await new Promise((resolve) => setImmediate(resolve))
    return this.#inner.claimOwnership(claims.map(small)).map(large)
  }

  async listCheckpoints(partitions: string[]): Promise<Checkpoint[]> {
    return this.#inner.listCheckpoints(partitions).map(large)
  }

  async updateCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint | null> {
    const written = this.#inner.updateCheckpoint(small(checkpoint))
    return written ? large(written) : null
  }
}

/** As some databases return numbers. */
function large<Of extends Ownership | Checkpoint>(record: Of): Of {
  const { revision, epoch, ...others } = record
  return { ...others, epoch: BigInt(epoch), revision: BigInt(revision as number), more: true } as unknown as Of
}

function small<Of extends Ownership | Checkpoint>(record: Of): Of {
  const { revision } = record
  if (revision !== undefined && typeof revision !== 'bigint')
    throw new Error(`a revision came back as ${typeof revision}`)
  return { ...record, revision: revision === undefined ? undefined : Number(revision) }
}
