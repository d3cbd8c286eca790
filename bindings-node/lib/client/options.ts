import type { Credential } from '../auth/credential'
import { checkDuration, checkDurationOrForever, checkOptions, checkSize, checkString, checkStrings } from '../check'
import { invalidArgument } from '../error'
import type { NativeClientOptions } from '../runtime/addon'
import type { Cloud } from './cloud'

/** The options of a {@link Client}. Durations are in milliseconds. */
export interface ClientOptions {
  /** Where access tokens come from. The only option without a default. */
  credential: Credential
  /** The national cloud; default `Cloud.Global`. Either this or `baseUrl`. */
  cloud?: Cloud | undefined
  /**
   * The origin of another Graph, for tests and gateways: `https`, without a path. Plain `http` is
   * allowed to a loopback address only.
   */
  baseUrl?: string | undefined
  /** The version of Graph; default `v1.0`. */
  apiVersion?: 'v1.0' | 'beta' | undefined
  /**
   * The OAuth scopes that the credential is asked for; default the `.default` scope of the cloud,
   * which stands for the delegated permissions of the app's registration.
   */
  scopes?: readonly string[] | undefined
  /**
   * A proxy for everything, REST and socket; default what the environment says (`HTTPS_PROXY`,
   * `NO_PROXY`).
   */
  proxy?: string | undefined
  /** Path of a file of PEM certificates that are trusted besides the system's. */
  caBundle?: string | undefined
  /** The `User-Agent`; Graph asks for `ISV|company|application/version` or `NONISV|…`. */
  userAgent?: string | undefined
  /** How long a Graph call may take in all; default 30 000. */
  requestTimeout?: number | undefined
  /**
   * For how long after its first attempt {@link Client.endpoint} is repeated when it fails in a way
   * that passes: throttling (after the pause that Graph asks for), 500, 502, 503, 504, a connection
   * that fails; default 30 000, and 0 for one attempt. A longer pause is not waited for, but told.
   * Subscriptions have their own patience, `startTimeout`.
   */
  retryTimeout?: number | undefined
  /** How long connecting may take, to Graph and to the notification server; default 10 000. */
  connectTimeout?: number | undefined
  /** How long the notification server's first packet may take; default 10 000. */
  openTimeout?: number | undefined
  /** How long the answer to joining the notifications may take; default 10 000. */
  joinTimeout?: number | undefined
  /** How long the goodbye to the notification server may take; default 1 000. */
  closeTimeout?: number | undefined
  /** How long the credential may take to give a token; default 30 000. */
  credentialTimeout?: number | undefined
  /** A token whose expiry is known is used until so long before it; default 300 000, and 0 to its very end. */
  tokenRefreshMargin?: number | undefined
  /**
   * For how long {@link Client.subscribe} tries before it rejects with the error of the last attempt;
   * default 30 000, 0 for one attempt, `Infinity` for ever. The first attempt is not cut short.
   */
  startTimeout?: number | undefined
  /**
   * How long before an endpoint expires a new one takes over, at least; default 120 000. It is a
   * tenth of the endpoint's lifetime where that is more, at most half of it, and jittered.
   */
  renewBefore?: number | undefined
  /**
   * The limit of the wait after the first failure of a session; default 1 000. It doubles with each
   * further one, and the wait is a random part of it. A pause that the service asks for is kept
   * instead, up to `maxRetryAfter`.
   */
  retryMin?: number | undefined
  /** The limit that `retryMin` doubles up to; default 60 000. */
  retryMax?: number | undefined
  /** A session that was live for so long starts from `retryMin` again; default 60 000. */
  retryResetAfter?: number | undefined
  /** The longest pause that is kept when the service asks for one; default 3 600 000. */
  maxRetryAfter?: number | undefined
  /**
   * For how long Graph, or the credential, must have refused a session that was live before it ends
   * with that error; default 600 000, and 0 for the first refusal. One that never was live ends at
   * once.
   */
  refusalTimeout?: number | undefined
  /**
   * How many connections this client opens at once, and how many of its calls to Graph are under way
   * at once; default 100 of each. Others wait.
   */
  maxHandshakes?: number | undefined
  /** How many endpoints the sessions of this client ask for in a second; default 10. Others wait. */
  maxEndpointCallsPerSecond?: number | undefined
  /** The longest message accepted from the notification server, in bytes; default 1 MiB. */
  maxMessageSize?: number | undefined
  /** How many events may wait for a slow consumer before further ones are merged; default 1024. */
  mailboxCapacity?: number | undefined
}

type Check = (name: string, value: unknown) => void

const CHECKS: Record<keyof NativeClientOptions, Check> = {
  cloud: checkString,
  baseUrl: checkString,
  apiVersion: checkString,
  scopes: checkStrings,
  proxy: checkString,
  caBundle: checkString,
  userAgent: checkString,
  requestTimeout: checkDuration,
  retryTimeout: checkDuration,
  connectTimeout: checkDuration,
  openTimeout: checkDuration,
  joinTimeout: checkDuration,
  closeTimeout: checkDuration,
  credentialTimeout: checkDuration,
  tokenRefreshMargin: checkDuration,
  startTimeout: checkDurationOrForever,
  renewBefore: checkDuration,
  retryMin: checkDuration,
  retryMax: checkDuration,
  retryResetAfter: checkDuration,
  maxRetryAfter: checkDuration,
  refusalTimeout: checkDuration,
  maxHandshakes: checkSize,
  maxEndpointCallsPerSecond: checkSize,
  maxMessageSize: checkSize,
  mailboxCapacity: checkSize,
}

/** The types of the options; what their values mean, the core checks. @internal */
export function nativeOptions(options: unknown): { credential: unknown; native: NativeClientOptions } {
  checkOptions(options, ['credential', ...Object.keys(CHECKS)])
  const { credential, ...rest } = options
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) CHECKS[name as keyof NativeClientOptions](name, value)
  if (rest.cloud !== undefined && rest.baseUrl !== undefined) {
    throw invalidArgument('baseUrl', 'excludes cloud, which stands for a base URL; give one of the two')
  }
  return { credential, native: Object.fromEntries(given) }
}
