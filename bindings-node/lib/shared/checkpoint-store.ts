/** What names a state of a record: whatever your database has, such as an etag or a number. */
export type Revision = string | number | bigint

/** Which process follows a drive. Also the sign of life of a process, whose partition begins with `worker/`. */
export interface Ownership {
  /** What is owned: any text of up to 512 bytes, unique in the store. */
  partition: string
  /** The process that owns it; empty if nobody does. */
  owner: string
  /** Rises by one with each new owner: a whole number. */
  epoch: number
  /** What it costs, or how much a process can take: a whole number. */
  weight: number
  /**
   * Names this state of the record. `undefined` for one that the store does not have yet; in what a store
   * returns, there is always one.
   */
  revision?: Revision | undefined
}

/** How far a drive was followed. It contains links of Graph, so it belongs in no log. */
export interface Checkpoint {
  /** The partition of the drive. */
  partition: string
  /** The drive: any text of up to 512 bytes. A partition and a drive have one checkpoint. */
  drive: string
  /** Where to continue; empty before the first batch is done. Some kilobytes. */
  checkpoint: string
  /** The epoch of the owner that has written it: a whole number. */
  epoch: number
  /** How many batches of the drive are done: a whole number. */
  sequence: number
  /** What drivebell wants to find again. Mostly empty. */
  memo: string
  /** As in {@link Ownership}. */
  revision?: Revision | undefined
}

/**
 * Where processes keep who follows which drive, and how far each has come: {@link MemoryStore},
 * {@link SqliteStore}, or an object of your own with these four calls, over any database that all processes
 * reach.
 *
 * A call returns its result, or a promise of it. A write is a compare-and-swap: it succeeds only if the record
 * still has the revision that is given; without one, only if there is no such record. Each write gives the record
 * a new revision. What was written must be seen by every later call of every process. That is all that a store
 * has to do: drivebell does the rest.
 *
 * If a call throws, or returns something else than it should, the store counts as away: drivebell logs why, and
 * tries again. Of an error of the two calls about checkpoints only the class and the code are logged, since its
 * message may contain a checkpoint. Limit the time of your calls: at most 64 run at once, and one that never ends
 * counts for ever.
 */
export interface CheckpointStore {
  /** Returns all records of ownership. A record without an owner whose partition begins with `worker/` may be forgotten. */
  listOwnership(): Answer<Iterable<Ownership>>
  /**
   * Writes records, each if its revision is unchanged. Returns those that were written, with their new revisions.
   * Leaves out those that another process has changed.
   */
  claimOwnership(claims: Ownership[]): Answer<Iterable<Ownership>>
  /** Returns the checkpoints of all drives in these partitions. */
  listCheckpoints(partitions: string[]): Answer<Iterable<Checkpoint>>
  /**
   * Writes a checkpoint if its revision is unchanged, and returns it with its new revision. Returns null or
   * `undefined` if another process has changed it.
   */
  updateCheckpoint(checkpoint: Checkpoint): Answer<Checkpoint | null | undefined>
}

/** What a call of a {@link CheckpointStore} returns: the result, or a promise of it. */
export type Answer<Result> = Result | PromiseLike<Result>
