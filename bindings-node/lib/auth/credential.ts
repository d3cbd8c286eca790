import { types } from 'node:util'
import { typeName } from '../check'
import { invalidArgument } from '../error'
import type { NativeTokenCall } from '../runtime/addon'
import type { CredentialFailures } from './credential-failures'

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
}

/**
 * Returns an access token: a string, without `Bearer `, for one call to Graph; or an object with its
 * expiry, for many; or null if there is none. After a 401 from Graph it is called once more, with
 * `refresh`. What it throws becomes the `cause` of a {@link DrivebellError} with the code
 * `ERR_DRIVEBELL_AUTHENTICATION`. It must return within the client's `credentialTimeout`.
 */
export type TokenProvider = (request: TokenRequest) => TokenAnswer | Promise<TokenAnswer>

/** What a {@link TokenProvider} may return. */
export type TokenAnswer = string | AccessToken | null

/** The part of a credential of `@azure/identity` that drivebell uses. */
export interface TokenCredential {
  getToken(
    scopes: string[],
    options: { abortSignal?: AbortSignal; claims?: string; enableCae?: boolean },
  ): Promise<AccessToken | null>
}

/**
 * Where access tokens come from: a fixed token, a function, or a credential of `@azure/identity`.
 *
 * The API supports delegated permissions only, so a user must sign in. `Files.Read` suffices.
 */
export type Credential = string | TokenProvider | TokenCredential

/** @internal */
export function checkCredential(credential: unknown): asserts credential is Credential {
  if (typeof credential === 'string' || typeof credential === 'function' || isTokenCredential(credential)) return
  throw invalidArgument(
    'credential',
    `must be a token, a function or an object with getToken, not ${typeName(credential)}`,
  )
}

/**
 * Converts a credential for native code, which holds a reference to it. It must not refer to the
 * client: the client could then never be garbage-collected.
 *
 * @internal
 */
export function nativeCredential(
  credential: Credential,
  failures: CredentialFailures,
  abortSignal: AbortSignal,
): string | ((call: NativeTokenCall) => void) {
  if (typeof credential === 'string') return credential
  const provider: TokenProvider =
    typeof credential === 'function' ? credential : (request) => getToken(credential, request, abortSignal)
  return (call) => void settle(call, provider, failures)
}

async function settle(call: NativeTokenCall, provider: TokenProvider, failures: CredentialFailures): Promise<void> {
  try {
    const returned: unknown = await provider({
      scopes: call.scopes,
      refresh: call.refresh,
      claims: call.claims ?? undefined,
    })
    const { token, expiresOnTimestamp } = checkedToken(returned)
    call.resolve(token, expiresOnTimestamp)
  } catch (thrown) {
    const id = failures.add(thrown)
    if (!call.reject(id, problemOf(thrown))) failures.take(id)
  }
}

async function getToken(
  credential: TokenCredential,
  request: TokenRequest,
  abortSignal: AbortSignal,
): Promise<AccessToken | null> {
  const { scopes, claims } = request
  // Given claims, @azure/identity does not use its cache.
  return credential.getToken(scopes, { abortSignal, ...(claims !== undefined && { claims, enableCae: true }) })
}

/** Its messages never show the value, which may be a secret. */
function checkedToken(returned: unknown): AccessToken {
  if (typeof returned === 'string') return { token: returned }
  if (returned === null) throw new TokenProblem('it returned null: it has no token for these scopes')
  if (typeof returned !== 'object') throw new TokenProblem(`it returned ${typeName(returned)}, not a token`)
  const { token, expiresOnTimestamp } = returned as { [field in keyof AccessToken]: unknown }
  if (typeof token !== 'string') {
    throw new TokenProblem(`it returned an object whose token is ${typeName(token)}, not a string`)
  }
  if (expiresOnTimestamp === undefined) return { token }
  if (typeof expiresOnTimestamp !== 'number' || !Number.isFinite(expiresOnTimestamp)) {
    throw new TokenProblem('it returned an expiresOnTimestamp that is not a number of milliseconds since 1970')
  }
  return { token, expiresOnTimestamp }
}

function isTokenCredential(value: unknown): value is TokenCredential {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<TokenCredential>).getToken === 'function'
  )
}

/** A problem with what the credential returned; its message contains no secret. */
class TokenProblem extends TypeError {}

function problemOf(thrown: unknown): string {
  if (thrown instanceof TokenProblem) return thrown.message
  // Another error's message may contain a token, so only its name is shown; the error is the `cause`.
  return `it threw ${types.isNativeError(thrown) ? String(thrown.name) : typeName(thrown)}`
}
