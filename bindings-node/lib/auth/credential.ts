import { typeName } from '../check'
import { invalidArgument } from '../error'
import { methodNames, nameOf, read } from './inspect'

/** The argument of a {@link TokenProvider}. */
export interface TokenRequest {
  /** The OAuth scopes of the client. */
  readonly scopes: string[]
  /** Whether a new token is required, not a cached one: Graph refused the last token. */
  readonly refresh: boolean
  /**
   * The claims that Graph requires of the new token (Continuous Access Evaluation), as JSON to pass to
   * the identity library; usually undefined.
   */
  readonly claims: string | undefined
  /**
   * Aborts when the client gives up this request: nobody waits for the token any more, it took longer
   * than the client's timeout, or the client was closed. Stop then. The provider is not called again
   * before it has settled.
   */
  readonly signal: AbortSignal
  /**
   * Call it when a person is asked to sign in. The request may then take the client's `signInTimeout`
   * instead of `credentialTimeout`, and subscriptions report `signing_in`.
   */
  readonly signingIn: () => void
}

/** A token, with its expiry if known, as `@azure/identity` returns it. */
export interface AccessToken {
  /** The token, without `Bearer `. */
  readonly token: string
  /**
   * When the token expires, in milliseconds since 1970. The client caches it until
   * `tokenRefreshMargin` before that. Without an expiry, the client requests a token before each
   * call to Graph.
   */
  readonly expiresOnTimestamp?: number | undefined
  /**
   * From when on the identity service wants the token to be replaced, in milliseconds since 1970. The
   * client then requests another one; if that fails, it uses this one until it expires.
   */
  readonly refreshAfterTimestamp?: number | undefined
}

/** The part of an `AuthenticationResult` of `@azure/msal-node` that drivebell uses. */
export interface MsalToken {
  /** The token. */
  readonly accessToken: string
  /** When the token expires. */
  readonly expiresOn?: Date | null | undefined
  /** From when on the token should be replaced. */
  readonly refreshOn?: Date | null | undefined
}

/** The response of a token endpoint (RFC 6749, section 5.1), as JSON. */
export interface OAuthToken {
  /** The token. */
  readonly access_token: string
  /** How long it is valid from now on, in seconds. */
  readonly expires_in?: number | string | undefined
  /** In how long it should be replaced, in seconds from now on. */
  readonly refresh_in?: number | string | undefined
}

/**
 * The error response of a token endpoint (RFC 6749, section 5.2), as JSON. To return it is the same as
 * to throw it.
 */
export interface OAuthError {
  /** The code, such as `invalid_grant`. */
  readonly error: string
  /** What happened, for a person. */
  readonly error_description?: string | undefined
}

/**
 * Returns an access token: a string, without `Bearer `, for one call to Graph; or an object with its
 * expiry, for many; or null if there is none. The client calls it once at a time, and everything that
 * needs a token meanwhile waits for the same call. After a 401 from Graph it is called once more, with
 * `refresh`.
 *
 * If it throws a {@link SignInRequired}, or an error with a refusal of the identity service (an OAuth
 * code such as `invalid_grant`, or an `AADSTS` code), the user must sign in again, and calls fail.
 * Whatever else it throws is taken to pass: subscriptions try again. What it throws becomes the `cause`
 * of a {@link DrivebellError} with the code `ERR_DRIVEBELL_AUTHENTICATION`, which is `retryable` if it
 * may pass.
 *
 * It must settle within the client's `credentialTimeout`, or, once it has called
 * {@link TokenRequest.signingIn}, within `signInTimeout`.
 */
export type TokenProvider = (request: TokenRequest) => TokenAnswer | Promise<TokenAnswer>

/** What a {@link TokenProvider} may return. */
export type TokenAnswer = string | AccessToken | MsalToken | OAuthToken | OAuthError | null

/** The part of a credential of `@azure/identity` that drivebell uses. */
export interface TokenCredential {
  /** Gets a token for these scopes; null if there is none. */
  getToken(
    scopes: string[],
    options: { abortSignal?: AbortSignal; claims?: string; enableCae?: boolean },
  ): Promise<AccessToken | null>
}

/**
 * Where access tokens come from: a fixed token, a function, or a credential of `@azure/identity`.
 * Credentials that ask a person, such as `DeviceCodeCredential`, have the client's `signInTimeout`; call
 * {@link Client.signIn} first.
 *
 * The API supports delegated permissions only, so a user must sign in. `Files.Read` suffices.
 */
export type Credential = string | TokenProvider | TokenCredential

/** @internal */
export function checkCredential(credential: unknown): asserts credential is Credential {
  const problem = problemOf(credential)
  if (problem) throw invalidArgument('credential', problem)
}

/** Names what the credential is and has, never its values, which may be secrets. */
function problemOf(credential: unknown): string | undefined {
  if (typeof credential === 'string') return undefined
  if (typeof credential === 'function') {
    const isClass = /^class\b/.test(Function.prototype.toString.call(credential))
    return isClass ? `must be an instance, not a class: pass new ${credential.name}(…)` : undefined
  }
  const accepted = 'must be a token, a function or an object with getToken'
  if (typeof credential !== 'object' || credential === null || Array.isArray(credential)) {
    return `${accepted}, not ${typeName(credential)}`
  }
  if (typeof read(credential, 'getToken') === 'function') return undefined
  const methods = methodNames(credential)
  const name = nameOf(credential)
  if (methods.includes('acquireTokenSilent')) {
    return `${name} has no getToken; pass a function that calls acquireTokenSilent and returns what it resolves to`
  }
  if (methods.includes('then')) return 'must not be a promise: pass a function that returns it'
  if (TOKEN_FIELDS.some((field) => field in credential)) {
    return 'must not be an object with an access token: pass a function that returns it, or the token alone'
  }
  const has = methods.length > 0 ? `the methods ${methods.slice(0, 8).join(', ')}` : 'no methods'
  return `${accepted}, but this ${name} has ${has}`
}

/** Where answers have the token, in the order in which they are looked for. @internal */
export const TOKEN_FIELDS = ['token', 'accessToken', 'access_token'] as const
