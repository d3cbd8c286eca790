import type { DriveItem } from '../changes/item'
import { unwrap } from '../error'
import type { ChangesEvent } from '../event/lifecycle'
import type { ChangesState } from '../names'
import type { Owner } from '../owner'
import type { Resource } from '../resource'
import type { DoneOutcome, NativeMirror, NativeParts } from '../runtime/addon'
import { run } from '../runtime/operation'
import { Change } from './change'
import { ChangeStream } from './change-stream'
import { toPart } from './chunk'
import { type MirrorStats, toMirrorStats } from './stats'
import { Tree } from './tree'

/**
 * A drive's tree in a file, and the changes in it for one `for await` loop. A second loop is refused with
 * `ERR_DRIVEBELL_STATE`.
 *
 * **At least once**: a change is done when the next one is asked for. Until then the file keeps it: if the
 * program ends, however it ends, the change comes again with the same `sequence`. Changes that were handled
 * within the last hundredth of a second may come again too.
 *
 * Leaving the loop ends the mirror, and so do {@link Mirror.close}, the call's `signal` and
 * {@link Client.close}; the change that was handed out last is not done then. An error is thrown once and
 * ends the iteration. What is in the file stays, and the next mirror of it continues. The process stays alive
 * while the loop waits for a change.
 */
export class Mirror extends ChangeStream<readonly Change[], Change, ChangesEvent> {
  /** The mirrored drive. */
  readonly resource: Resource<'drive'>
  readonly #native: NativeMirror
  readonly #owner: Owner
  readonly #tree: Tree

  /** @internal */
  constructor(native: NativeMirror, resource: Resource<'drive'>, owner: Owner, signal: AbortSignal | undefined) {
    const origin = { resource, client: undefined, label: owner.label, toError: owner.toError }
    super({
      native,
      owner,
      method: 'mirror',
      toPart: (native) => toPart(native as NativeParts, (chunk, row) => Change.of(resource, chunk, row)),
      toBatch: (changes) => changes,
      originOf: () => origin,
      signal,
    })
    this.#native = native
    this.#owner = owner
    this.#tree = new Tree(native.tree)
    this.resource = resource
  }

  /**
   * Resolves when the first enumeration is complete: the tree is whole. Nobody has to read the changes
   * meanwhile.
   *
   * @throws DrivebellError the error that has ended the mirror, or `ERR_DRIVEBELL_STATE` if it was closed.
   */
  async ready(): Promise<void> {
    const { error } = await run<DoneOutcome>((settle) => this.#native.ready(settle))
    if (error) throw this.#owner.toError(error)
  }

  /** Like {@link Tree.get}. */
  get(place: string | { id: string }): DriveItem | undefined {
    return this.#tree.get(place)
  }

  /** Like {@link Tree.path}. */
  path(id: string): string | undefined {
    return this.#tree.path(id)
  }

  /** Like {@link Tree.children}. */
  children(path: string): DriveItem[] {
    return this.#tree.children(path)
  }

  /** Like {@link Tree.walk}. */
  walk(path?: string): IterableIterator<[path: string, item: DriveItem]> {
    return this.#tree.walk(path)
  }

  /**
   * The statistics of the tree and of the stream of changes.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STORAGE` if the file cannot be read.
   */
  stats(): MirrorStats {
    return toMirrorStats(unwrap(this.#native.stats()))
  }

  /** What the stream of changes does now, as {@link Changes.state}. */
  get state(): ChangesState {
    return this.#native.state as ChangesState
  }

  /**
   * Says that something changed in the drive, as {@link Changes.hint}.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if the mirror has ended.
   */
  hint(): void {
    const error = this.#native.hint()
    if (error) throw this.#owner.toError(error)
  }
}
