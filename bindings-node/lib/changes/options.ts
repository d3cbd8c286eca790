import {
  checkBoolean,
  checkDuration,
  checkDurationOrForever,
  checkDurations,
  checkOptions,
  checkSignal,
  checkSize,
  checkStrings,
  typeName,
} from '../check'
import { invalidArgument } from '../error'
import type { NativeChangesOptions } from '../runtime/addon'

/** The options of {@link Client.changes}. Durations are in milliseconds. */
export interface ChangesOptions {
  /**
   * Where to begin; the only option without a default. `start`: everything there is, and then what
   * changes. `now`: what changes from now on. Otherwise a batch's `checkpoint`: what comes behind it.
   */
  since: 'start' | 'now' | (string & Record<never, never>)
  /** The fields that Graph is asked for (`$select`); default all. `id` and `deleted` come anyway. */
  select?: readonly string[] | undefined
  /**
   * How many items Graph is asked to put on a page (`$top`); default what Graph chooses, which is
   * 200 as a rule.
   */
  pageSize?: number | undefined
  /** `Prefer` headers, for instance `hierarchicalsharing`; default none. */
  prefer?: readonly string[] | undefined
  /** Asks Graph to leave out the parents of what changed; default false. */
  excludeParents?: boolean | undefined
  /**
   * How long the first look waits for the subscription to be live; default 10 000. Without it the
   * iteration begins by polling.
   */
  liveTimeout?: number | undefined
  /** A look begins when no hint has come for so long; default 300. */
  quietTime?: number | undefined
  /** It begins so long after the first hint at the latest; default 2 000. */
  maxDelay?: number | undefined
  /**
   * A look that a hint or a resync caused and that found nothing is repeated after each of these
   * waits, because delta lags behind the notification; default 3 000, 10 000 and 30 000. Where
   * something was found, and after the first look, there is one more after the last of them.
   */
  lagDelays?: readonly number[] | undefined
  /** How often to look while the subscription is not live; default 60 000, jittered. */
  pollInterval?: number | undefined
  /**
   * How often to look although nothing was announced; default once a day, which is as often as
   * Microsoft's guidance allows. `Infinity`: never.
   */
  safetyInterval?: number | undefined
  /** Ends the iteration when it aborts. If it has by the time of the call, its `reason` is thrown. */
  signal?: AbortSignal | undefined
}

const CHECKS: Record<keyof NativeChangesOptions, (name: string, value: unknown) => void> = {
  since: checkSince,
  select: checkStrings,
  pageSize: checkSize,
  prefer: checkStrings,
  excludeParents: checkBoolean,
  liveTimeout: checkDuration,
  quietTime: checkDuration,
  maxDelay: checkDuration,
  lagDelays: checkDurations,
  pollInterval: checkDuration,
  safetyInterval: checkDurationOrForever,
}

/** The types of the options; what their values mean, the core checks. @internal */
export function nativeChangesOptions(options: unknown = {}): {
  signal: AbortSignal | undefined
  native: NativeChangesOptions
} {
  checkOptions(options, [...Object.keys(CHECKS), 'signal'])
  const { signal, since, ...rest } = options
  checkSince('since', since)
  checkSignal(signal)
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) CHECKS[name as keyof NativeChangesOptions](name, value)
  return { signal, native: { since, ...Object.fromEntries(given) } }
}

/** A text that is nearly a checkpoint is for the core to refuse, which knows what is wrong with it. */
function checkSince(name: string, value: unknown): asserts value is string {
  if (value === 'start' || value === 'now') return
  if (typeof value === 'string' && value.trim().startsWith('drivebell')) return
  const shown = typeof value === 'string' ? 'another text' : typeName(value)
  throw invalidArgument(name, `must be 'start', 'now' or the checkpoint of a batch, and is ${shown}`)
}
