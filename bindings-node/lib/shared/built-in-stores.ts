import { checkCount, checkList, checkObject, checkString, pathOf } from '../check'
import { type Outcome, unwrap, unwrapOptional } from '../error'
import { addon, type NativeCheckpoint, type NativeOwnership, type NativeStore } from '../runtime/addon'
import { run } from '../runtime/operation'
import type { Checkpoint, CheckpointStore, Ownership } from './checkpoint-store'

/** The calls of a {@link CheckpointStore}. @internal */
export const CALLS = ['listOwnership', 'claimOwnership', 'listCheckpoints', 'updateCheckpoint'] as const

/** The native store behind one of those below; `undefined` for any other. @internal */
export let builtInOf: (store: object) => NativeStore | undefined

/** What {@link MemoryStore} and {@link SqliteStore} have in common. drivebell uses them without calling JavaScript. */
abstract class BuiltInStore implements CheckpointStore {
  readonly #native: NativeStore

  static {
    // A class of a program may be derived from one of these, and change a call.
    const isUnchanged = (store: BuiltInStore) => CALLS.every((call) => store[call] === BuiltInStore.prototype[call])
    builtInOf = (store) => (#native in store && isUnchanged(store) ? store.#native : undefined)
  }

  /** @internal */
  constructor(native: NativeStore) {
    this.#native = native
  }

  /**
   * As {@link CheckpointStore.listOwnership}, for programs that want to see who follows what.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STORAGE` if the store cannot be used.
   */
  async listOwnership(): Promise<Ownership[]> {
    return unwrap(await run<Outcome<NativeOwnership[]>>((settle) => this.#native.listOwnership(settle)))
  }

  /**
   * As {@link CheckpointStore.claimOwnership}, for stores that are built on this one.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, with the name of the field in `argument`;
   *   `ERR_DRIVEBELL_STORAGE` if the store cannot be used.
   */
  async claimOwnership(claims: Iterable<Ownership>): Promise<Ownership[]> {
    checkList('claims', claims)
    const natives = [...claims].map(nativeOwnership)
    return unwrap(await run<Outcome<NativeOwnership[]>>((settle) => this.#native.claimOwnership(natives, settle)))
  }

  /**
   * As {@link CheckpointStore.listCheckpoints}.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for something else than texts;
   *   `ERR_DRIVEBELL_STORAGE` if the store cannot be used.
   */
  async listCheckpoints(partitions: Iterable<string>): Promise<Checkpoint[]> {
    checkList('partitions', partitions)
    const names = [...partitions]
    for (const name of names) checkString('partitions', name)
    return unwrap(await run<Outcome<NativeCheckpoint[]>>((settle) => this.#native.listCheckpoints(names, settle)))
  }

  /**
   * As {@link CheckpointStore.updateCheckpoint}, for stores that are built on this one.
   *
   * @throws DrivebellError as {@link MemoryStore.claimOwnership}.
   */
  async updateCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint | undefined> {
    const native = nativeCheckpoint(checkpoint)
    const outcome = await run<Outcome<NativeCheckpoint>>((settle) => this.#native.updateCheckpoint(native, settle))
    return unwrapOptional(outcome)
  }
}

/** Keeps everything in this process: for tests, and for programs that are one process. */
export class MemoryStore extends BuiltInStore {
  constructor() {
    super(addon.NativeStore.memory())
  }
}

/**
 * Keeps everything in a SQLite file, for several processes on one machine. Each of them opens the file by itself,
 * and may be killed at any time.
 *
 * SQLite keeps two files beside it, with `-wal` and `-shm` at the end of their names. All three must be on a
 * local disk, not on a network drive. The file is closed when nothing refers to the store any more.
 */
export class SqliteStore extends BuiltInStore {
  /** The path of the file. */
  readonly path: string

  /**
   * Opens the file, or makes it. It takes a few milliseconds, or up to twenty seconds while another program holds
   * the file.
   *
   * @param path the path of the file, or a `file:` URL.
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` by the name `path` if it is empty or a directory;
   *   `ERR_DRIVEBELL_STORAGE` for a file that cannot be used: `storageCode` says why, and the file is untouched.
   */
  constructor(path: string | URL) {
    const given = pathOf('path', path)
    super(unwrap(addon.NativeStore.sqlite(given)))
    this.path = given
  }
}

function nativeOwnership(record: Ownership): NativeOwnership {
  checkObject('claims', record)
  const { partition, owner, epoch, weight, revision } = record as Ownership
  checkString('partition', partition)
  checkString('owner', owner)
  checkCount('epoch', epoch)
  checkCount('weight', weight)
  return { partition, owner, epoch, weight, ...revisionOf(revision) }
}

function nativeCheckpoint(record: Checkpoint): NativeCheckpoint {
  checkObject('checkpoint', record)
  const { partition, drive, checkpoint, epoch, sequence, memo, revision } = record as Checkpoint
  checkString('partition', partition)
  checkString('drive', drive)
  checkString('checkpoint', checkpoint)
  checkCount('epoch', epoch)
  checkCount('sequence', sequence)
  checkString('memo', memo)
  return { partition, drive, checkpoint, epoch, sequence, memo, ...revisionOf(revision) }
}

/** Those of these stores are texts. */
function revisionOf(revision: unknown): { revision?: string } {
  if (revision === undefined || revision === null) return {}
  checkString('revision', revision)
  return { revision }
}
