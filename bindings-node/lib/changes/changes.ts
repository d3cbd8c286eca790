import type { ChangesEvent } from '../event/lifecycle'
import type { ChangesState } from '../names'
import type { Owner } from '../owner'
import type { Resource } from '../resource'
import type { DoneOutcome, NativeBatch, NativeChanges } from '../runtime/addon'
import { run } from '../runtime/operation'
import { BatchStream } from './batch-stream'
import { ChangeBatch } from './change-batch'
import type { Item, KindOf } from './item-type'
import { type ChangesStats, toChangesStats } from './stats'

/**
 * The stream of changes in a resource, for one `for await` loop. A second loop is refused with
 * `ERR_DRIVEBELL_STATE`.
 *
 * It requests a page when you have taken the batch before it, so it holds a page or two in memory,
 * even with a slow loop and a large drive. An error is thrown once and ends the iteration; the last of
 * its {@link Changes.events} is then `ended`.
 *
 * Leaving the loop ends the stream, and so do {@link Changes.close}, the call's `signal` and
 * {@link Client.close}. To continue, start another one from the last checkpoint. The process stays
 * alive while the loop waits for a batch.
 */
export class Changes<Of extends Item = Item> extends BatchStream<ChangeBatch<Of>, ChangesEvent> {
  /** The resource that it is about. */
  readonly resource: Resource<KindOf<Of>>
  readonly #native: NativeChanges
  readonly #owner: Owner

  /** @internal */
  constructor(native: NativeChanges, resource: Resource<KindOf<Of>>, owner: Owner, signal: AbortSignal | undefined) {
    const origin = { resource, client: undefined, label: owner.label, toError: owner.toError }
    super({
      native,
      owner,
      method: 'changes',
      toBatch: (batch) => ChangeBatch.of(batch as NativeBatch),
      originOf: () => origin,
      signal,
    })
    this.#native = native
    this.#owner = owner
    this.resource = resource
  }

  /**
   * Resolves when the first enumeration is complete: you have taken the batch that ends it, the first one
   * that is `caughtUp`. So a loop must read the batches meanwhile. It resolves at once if the stream began
   * at `now`, or at a checkpoint after the first enumeration.
   *
   * @throws DrivebellError the error that has ended the stream, or `ERR_DRIVEBELL_STATE` if it was closed.
   */
  async ready(): Promise<void> {
    const { error } = await run<DoneOutcome>((settle) => this.#native.ready(settle))
    if (error) throw this.#owner.toError(error)
  }

  /** What the stream does now; `closed` once it was closed, or has ended with an error. */
  get state(): ChangesState {
    return this.#native.state as ChangesState
  }

  /** The statistics of the stream so far; after it has ended, the last ones. */
  stats(): ChangesStats {
    return toChangesStats(this.#native.stats())
  }

  /**
   * Says that something changed, for a program that learns of it in another way, as from a webhook. The
   * stream queries as after a notification. It never blocks, and hints that come together cause one
   * query.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STATE` if the stream has ended.
   */
  hint(): void {
    const error = this.#native.hint()
    if (error) throw this.#owner.toError(error)
  }
}
