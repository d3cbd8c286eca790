import { types } from 'node:util'
import { typeName } from '../check'
import { invalidArgument } from '../error'
import type { NativeTokenCall } from '../runtime/addon'
import type { CredentialFailures } from './credential-failures'

/** What a {@link TokenProvider} is asked for. */
export interface TokenRequest {
  /** The OAuth scopes, as given to the client. */
  readonly scopes: string[]
  /** Graph refused the token given last: a cached one will not do. */
  readonly refresh: boolean
  /**
   * The claims that Graph wants the new token to satisfy (Continuous Access Evaluation), as JSON to
   * be handed to the identity library; as a rule undefined.
   */
  readonly claims: string | undefined
}

/** A token that may say how long it is good, as `@azure/identity` gives it. */
export interface AccessToken {
  /** The token, without `Bearer `. */
  readonly token: string
  /**
   * Until when it is good, in milliseconds since 1970. It is kept and used until the client's
   * `tokenRefreshMargin` before; without it, the credential is asked before each call to Graph.
   */
  readonly expiresOnTimestamp?: number | undefined
}

/**
 * Gives an access token: as a string, without `Bearer `, for one call to Graph; or with its expiry,
 * for as long as it is good; or null if it has none. Asked once more with `refresh` when Graph has
 * answered 401. What it throws becomes the `cause` of a {@link DrivebellError} with the code
 * `ERR_DRIVEBELL_AUTHENTICATION`; one that does not answer is given up after the client's
 * `credentialTimeout`.
 */
export type TokenProvider = (request: TokenRequest) => TokenAnswer | Promise<TokenAnswer>

/** What a {@link TokenProvider} may give. */
export type TokenAnswer = string | AccessToken | null

/** What drivebell needs of a credential of `@azure/identity`. */
export interface TokenCredential {
  getToken(
    scopes: string[],
    options: { abortSignal?: AbortSignal; claims?: string; enableCae?: boolean },
  ): Promise<AccessToken | null>
}

/**
 * Where access tokens come from: a token that stays as it is, a function, or a credential of
 * `@azure/identity`.
 *
 * A user must have signed in: the API takes delegated permissions only (`Files.Read` is the least).
 */
export type Credential = string | TokenProvider | TokenCredential

/** @internal */
export function checkCredential(credential: unknown): asserts credential is Credential {
  if (typeof credential === 'string' || typeof credential === 'function' || isTokenCredential(credential)) return
  throw invalidArgument(
    'credential',
    `must be a token, a function, or an object with getToken, and is ${typeName(credential)}`,
  )
}

/**
 * The credential as native code takes it. It must not hold on to the client, which could then never
 * be collected: native code holds on to it.
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
    typeof credential === 'function' ? credential : (request) => askTokenCredential(credential, request, abortSignal)
  return (call) => void answer(call, provider, failures)
}

async function answer(call: NativeTokenCall, provider: TokenProvider, failures: CredentialFailures): Promise<void> {
  try {
    const answer: unknown = await provider({
      scopes: call.scopes,
      refresh: call.refresh,
      claims: call.claims ?? undefined,
    })
    const { token, expiresOnTimestamp } = checkedToken(answer)
    call.resolve(token, expiresOnTimestamp)
  } catch (thrown) {
    const number = failures.keep(thrown)
    if (!call.reject(number, sentence(thrown))) failures.take(number)
  }
}

async function askTokenCredential(
  credential: TokenCredential,
  request: TokenRequest,
  abortSignal: AbortSignal,
): Promise<AccessToken | null> {
  const { scopes, claims } = request
  // With claims @azure/identity does not answer from its cache.
  return credential.getToken(scopes, { abortSignal, ...(claims !== undefined && { claims, enableCae: true }) })
}

/** Never shows what it was given: it may be a secret. */
function checkedToken(answer: unknown): AccessToken {
  if (typeof answer === 'string') return { token: answer }
  if (answer === null) throw new NoToken('it gave null: it has no token for these scopes')
  if (typeof answer !== 'object') throw new NoToken(`it gave ${typeName(answer)} instead of a token`)
  const { token, expiresOnTimestamp } = answer as { [field in keyof AccessToken]: unknown }
  if (typeof token !== 'string') throw new NoToken(`it gave an object whose token is ${typeName(token)}, not a string`)
  if (expiresOnTimestamp === undefined) return { token }
  if (typeof expiresOnTimestamp !== 'number' || !Number.isFinite(expiresOnTimestamp)) {
    throw new NoToken('it gave an expiresOnTimestamp that is no number of milliseconds since 1970')
  }
  return { token, expiresOnTimestamp }
}

function isTokenCredential(value: unknown): value is TokenCredential {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<TokenCredential>).getToken === 'function'
  )
}

/** What we have to say of an answer, in words that may be shown. */
class NoToken extends TypeError {}

function sentence(thrown: unknown): string {
  if (thrown instanceof NoToken) return thrown.message
  // A stranger's text may hold a token: the name is enough here, and what was thrown is the cause.
  return `it threw ${types.isNativeError(thrown) ? String(thrown.name) : typeName(thrown)}`
}
