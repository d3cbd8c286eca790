// Written by `make generate` from core/src/options; do not edit.
import type { Credential } from '../auth/credential'
import type { ApiVersion, Cloud } from '../names'

/**
 * The options of a {@link Client}. Durations are in milliseconds, and zero is refused unless the
 * option says what it means.
 */
export interface ClientOptions {
  /** Where access tokens come from. The only option without a default. */
  credential: Credential
  /** The national cloud. Give either this or `baseUrl`. Default: `global`. */
  cloud?: Cloud | undefined
  /**
   * The origin to call instead of a cloud's, for tests and gateways: `https`, without a path. Plain
   * `http` is allowed only to a loopback address. Give either this or `cloud`. Default: the
   * cloud's.
   */
  baseUrl?: string | undefined
  /** The version of Graph's REST API. Default: `v1.0`. */
  apiVersion?: ApiVersion | undefined
  /**
   * The OAuth scopes to request from the credential. Default: `{baseUrl}/.default`, the delegated
   * permissions of the app's registration.
   */
  scopes?: readonly string[] | undefined
  /**
   * The URL of a proxy for all connections, to Graph and to the notification server. Not with a
   * `baseUrl` of plain `http`: the proxy could read the token. Default: from the environment
   * (`HTTPS_PROXY`, `NO_PROXY`).
   */
  proxy?: string | undefined
  /**
   * A PEM file of certificates to trust in addition to the system's, for all connections. Default:
   * the system's certificates only.
   */
  caBundle?: string | undefined
  /**
   * The `User-Agent`. Graph asks for `ISV|company|application/version` or `NONISV|…`:
   * <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
   * Default: `NONISV|drivebell|drivebell/{version}`.
   */
  userAgent?: string | undefined
  /**
   * A name for this client, which its errors, events and log records show: up to 64 characters in
   * one line. Clients of other users have the same, unless they get their own. Default: none.
   */
  label?: string | undefined
  /**
   * How long one call to Graph may take, from the request to the end of the body. Default: 30 000.
   */
  requestTimeout?: number | undefined
  /**
   * How long `endpoint` retries transient failures, counted from its first attempt: throttling
   * (after the pause that Graph requests), 500, 502, 503, 504 and failed connections. If Graph
   * requests a longer pause than the time left, the call fails at once. For subscriptions,
   * `startTimeout` applies instead. Default: 30 000. Zero: one attempt.
   */
  retryTimeout?: number | undefined
  /**
   * How long connecting may take: to Graph, and to the notification server until it responds to the
   * upgrade. Default: 10 000.
   */
  connectTimeout?: number | undefined
  /** How long to wait for the Engine.IO open packet. Default: 10 000. */
  openTimeout?: number | undefined
  /** How long to wait for the server to accept the join of the namespace. Default: 10 000. */
  joinTimeout?: number | undefined
  /** How long closing a connection to the notification server may take. Default: 1 000. */
  closeTimeout?: number | undefined
  /**
   * How long the credential may take to give a token. A person who signs in has `signInTimeout`.
   * Default: 30 000.
   */
  credentialTimeout?: number | undefined
  /**
   * How long a person may take to sign in: while the credential says that it asks one, while an
   * interactive credential of azure-identity or `@azure/identity` works, and during `signIn`.
   * Default: 900 000.
   */
  signInTimeout?: number | undefined
  /**
   * How long before its known expiry a token is refreshed. Default: 300 000. Zero: use a token
   * until it expires.
   */
  tokenRefreshMargin?: number | undefined
  /**
   * How long `subscribe` tries to become live before it fails with the error of its last attempt.
   * The first attempt is not cut short. Default: 30 000. Zero: one attempt. `Infinity`: try for
   * ever.
   */
  startTimeout?: number | undefined
  /**
   * How long a first 403 or 404 of Graph is doubted: Graph gives some for drives that exist. Before
   * the first success, it is final after three answers over this time. Default: 5 000. Zero: the
   * first answer is final.
   */
  firstRefusalTimeout?: number | undefined
  /**
   * How long before its expiry an endpoint is replaced by a new one, at least. If a tenth of its
   * lifetime is longer, that counts instead. Either is jittered, and at most half of the lifetime.
   * Default: 120 000. Zero: a tenth of the lifetime.
   */
  renewBefore?: number | undefined
  /**
   * How old an endpoint may become before it is replaced, although it has not expired. It bounds
   * how long an endpoint that went quiet can hide changes. Jittered. Default: until shortly before
   * it expires.
   */
  maxEndpointAge?: number | undefined
  /**
   * Whether a notification of kind `resync` follows each replacement of an endpoint, so that the
   * program looks for changes that the old one may have hidden. `changes` looks anyway. Default:
   * `false`.
   */
  resyncOnRenewal?: boolean | undefined
  /**
   * The longest wait after a session's first failure. It doubles with each further failure, up to
   * `retryMax`. The actual wait is a random part of this limit ("full jitter"). If the service
   * requests a pause, the session waits for that instead, up to `maxRetryAfter`. Default: 1 000.
   */
  retryMin?: number | undefined
  /** The limit up to which `retryMin` doubles. Default: 60 000. */
  retryMax?: number | undefined
  /**
   * How long a session must have been live for its next wait to start from `retryMin` again.
   * Default: 60 000. Zero: any session that was live.
   */
  retryResetAfter?: number | undefined
  /**
   * The longest pause to respect if the service requests one (`Retry-After`). A longer one is cut
   * to this. Default: 3 600 000.
   */
  maxRetryAfter?: number | undefined
  /**
   * How long Graph, or the credential, must keep refusing a session that was live before the
   * session ends with that error. A session that was never live ends at once, or after
   * `firstRefusalTimeout`. Default: 600 000. Zero: end at the first refusal.
   */
  refusalTimeout?: number | undefined
  /**
   * How many connections this client and its family may open at the same time, and how many calls
   * to Graph they may have under way. Others wait. Default: 100.
   */
  maxHandshakes?: number | undefined
  /**
   * How many endpoints per second the sessions of this client and its family may request. Others
   * wait. Default: 10.
   */
  maxEndpointCallsPerSecond?: number | undefined
  /** The longest message to accept from the notification server, in bytes. Default: 1 048 576. */
  maxMessageSize?: number | undefined
  /**
   * How many events may wait for a slow consumer before further events are merged. Default: 1 024.
   */
  mailboxCapacity?: number | undefined
}
