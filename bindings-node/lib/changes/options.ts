// Written by `make generate` from core/src/options; do not edit.
import type { PushMode } from '../names'

/**
 * The options of {@link Client.changes}. Durations are in milliseconds, and zero is refused unless the
 * option says what it means.
 */
export interface ChangesOptions {
  /**
   * Where to begin; the only option without a default. `start`: all items, and then every change.
   * `now`: the changes from now on. The `checkpoint` of a batch: the changes after it.
   */
  since: 'start' | 'now' | (string & Record<never, never>)
  /**
   * The fields to request from Graph (`$select`). `id` and `deleted` are always included. Default:
   * all fields.
   */
  select?: readonly string[] | undefined
  /** How many items Graph should put on a page (`$top`). Default: Graph's choice, usually 200. */
  pageSize?: number | undefined
  /** `Prefer` headers to send, for instance `hierarchicalsharing`. Default: none. */
  prefer?: readonly string[] | undefined
  /** Leaves out the parents of changed items (`deltaExcludeParent`). Default: `false`. */
  excludeParents?: boolean | undefined
  /**
   * Whether to subscribe to notifications. Without a subscription, the stream polls. Default:
   * `auto`.
   */
  push?: PushMode | undefined
  /**
   * How long to try to get the first page before the stream ends with the error of its last
   * attempt. The first attempt is not cut short. Default: try for ever. Zero: one attempt.
   */
  startTimeout?: number | undefined
  /**
   * How long the first delta query waits for the subscription to be live, within `startTimeout`.
   * After that, polling begins. Default: 10 000. Zero: do not wait.
   */
  liveTimeout?: number | undefined
  /**
   * A delta query starts when no further notification has arrived for this time. Default: 300.
   * Zero: start at once.
   */
  quietTime?: number | undefined
  /**
   * The longest wait from the first notification to the delta query. Default: 2 000. Zero: start at
   * once.
   */
  maxDelay?: number | undefined
  /**
   * Delta queries lag behind notifications. A query that finds none of the announced changes is
   * repeated after each of these waits. After a query that finds some, and after the first query,
   * one more follows after the last of these waits. Default: `[3 000, 10 000, 30 000]`.
   */
  lagDelays?: readonly number[] | undefined
  /**
   * How long delta may take to show a change. Graph may issue a link that skips what is not visible
   * yet, so for this long the stream also looks from an earlier link. What comes again unchanged is
   * not handed out again. Default: 120 000. Zero: trust each link of Graph at once.
   */
  overlap?: number | undefined
  /** How often to query while the subscription is not live. Jittered. Default: 60 000. */
  pollInterval?: number | undefined
  /**
   * How often to query although nothing was announced. Once a day is as often as Microsoft's
   * guidance allows. Default: 86 400 000. `Infinity`: never.
   */
  safetyInterval?: number | undefined
  /**
   * How often to enumerate everything again, to find what Graph lost: the deletions that its delta
   * query never reports. Jittered. Not for streams that began at `now`. Default: 604 800 000.
   * `Infinity`: never.
   */
  auditInterval?: number | undefined
  /**
   * If a query finds a change that is older than this, and no notification came although the
   * connection counted as live, the connection is replaced. Default: 300 000. `Infinity`: never.
   */
  deafAfter?: number | undefined
  /**
   * How many delta queries `changesAll` may have under way at the same time. Others wait their
   * turn. Default: 8.
   */
  maxConcurrentQueries?: number | undefined
  /** Ends the iteration when it aborts. If it is already aborted, the call throws its `reason`. */
  signal?: AbortSignal | undefined
}

/** The options of {@link Client.changesAll}: those of {@link Client.changes}. */
export interface ChangesAllOptions extends Omit<ChangesOptions, 'since'> {
  /** Where to begin with all resources, unless each is given with its own. */
  since?: ChangesOptions['since'] | undefined
}
