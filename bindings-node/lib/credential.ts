import { types } from 'node:util'
import type { NativeTokenCall } from './addon'
import { typeName } from './check'
import type { CredentialFailures } from './credential-failures'
import { invalidArgument } from './error'

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

/**
 * Gives an access token, without `Bearer `. Asked before each call to Graph, so it should cache,
 * and once more with `refresh` when Graph has answered 401. What it throws becomes the `cause` of a
 * {@link DrivebellError} with the code `ERR_DRIVEBELL_AUTHENTICATION`.
 */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>

/** What drivebell needs of a credential of `@azure/identity`. */
export interface TokenCredential {
  getToken(
    scopes: string[],
    options: { abortSignal?: AbortSignal; claims?: string; enableCae?: boolean },
  ): Promise<{ readonly token: string } | null>
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
    const token: unknown = await provider({
      scopes: call.scopes,
      refresh: call.refresh,
      claims: call.claims ?? undefined,
    })
    if (typeof token !== 'string') throw new NoToken(`it gave ${typeName(token)} instead of a string`)
    call.resolve(token)
  } catch (thrown) {
    const number = failures.keep(thrown)
    if (!call.reject(number, sentence(thrown))) failures.take(number)
  }
}

async function askTokenCredential(
  credential: TokenCredential,
  request: TokenRequest,
  abortSignal: AbortSignal,
): Promise<string> {
  const { scopes, claims } = request
  // With claims @azure/identity does not answer from its cache.
  const answer = await credential.getToken(scopes, {
    abortSignal,
    ...(claims !== undefined && { claims, enableCae: true }),
  })
  if (answer === null) throw new NoToken('getToken gave null: it has no token for these scopes')
  return answer?.token
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
