import type { AccessToken, TokenCredential } from './credential'
import { Exchange } from './exchange'
import { errorsOf, read } from './inspect'

type Options = Parameters<TokenCredential['getToken']>[1]

/** How deep chains of credentials are looked into. */
const MAX_DEPTH = 4

/**
 * The option of the credentials of `@azure/identity` that ask a person, and the field that holds it. An
 * `AuthorizationCodeCredential` has it too: it redeems its code again, which works once.
 */
const ASKS_NOBODY = 'disableAutomaticAuthentication'

/** The function that shows a person the code of a `DeviceCodeCredential`. */
const PROMPT = 'userPromptCallback'

/** Errors that follow from an outage of the identity service although they do not say so, and the outage. */
const outages = new WeakMap<object, string>()

/** The outage that one of these errors follows from. @internal */
export function outageOf(errors: readonly unknown[]): string | undefined {
  return errors
    .map((error) => (isObject(error) ? outages.get(error) : undefined))
    .find((outage) => outage !== undefined)
}

/** What takes the place of a credential that asks a person. */
type View = (asking: TokenCredential) => TokenCredential

/** The credential, or a chain of credentials, with `view` for each that asks a person. */
function viewOf(credential: TokenCredential, view: View, depth = 0): TokenCredential | undefined {
  if (ASKS_NOBODY in credential) return view(credential)
  const sources = read(credential, '_sources')
  if (!Array.isArray(sources) || depth === MAX_DEPTH) return undefined
  const views = sources.map((source) =>
    isObject(source) ? viewOf(source as TokenCredential, view, depth + 1) : undefined,
  )
  if (views.every((view) => view === undefined)) return undefined
  return withField(
    credential,
    '_sources',
    sources.map((source, index) => views[index] ?? source),
  )
}

/**
 * What renews the tokens of a credential of `@azure/identity`, and asks nobody. `undefined` if the
 * credential itself asks nobody, as far as is known.
 *
 * @internal
 */
export function silently(credential: TokenCredential): TokenCredential | undefined {
  return viewOf(credential, (asking) => new Renewal(withField(asking, ASKS_NOBODY, true)))
}

/** The credential itself, but it tells when it shows a code, and shows none after `signal`. */
function watched(credential: TokenCredential, signal: AbortSignal | undefined, asks: () => void): TokenCredential {
  const view: View = (asking) => {
    const prompt = read(asking, PROMPT)
    if (typeof prompt !== 'function') return asking
    return withField(asking, PROMPT, (...code: unknown[]) => {
      // The library would not redeem it.
      signal?.throwIfAborted()
      asks()
      return prompt(...code)
    })
  }
  return viewOf(credential, view) ?? credential
}

/** Notes for each error whether it follows from an outage. */
class Renewal implements TokenCredential {
  readonly #credential: TokenCredential
  /** That of the last call. After some, msal sends no request for a minute. */
  #outage: string | undefined

  constructor(credential: TokenCredential) {
    this.#credential = credential
  }

  async getToken(scopes: string[], options: Options): Promise<AccessToken | null> {
    const exchange = new Exchange()
    try {
      return await exchange.observe(() => this.#credential.getToken(scopes, options))
    } catch (reason) {
      if (exchange.hasRequests) this.#outage = exchange.outage
      if (this.#outage !== undefined && isObject(reason)) outages.set(reason, this.#outage)
      throw reason
    }
  }
}

/** What happens to the person meanwhile. @internal */
export interface Person {
  mayBeAsked(): void
  isAsked(): void
}

/**
 * Gets a token from a credential of `@azure/identity` that asks a person. By itself, it asks whenever it
 * cannot renew its token, even if the identity service is only out of order: the person would have to
 * sign in again after each outage. So it first renews silently. If that fails by an outage, so does this.
 * Otherwise the credential asks: nobody has signed in, or the service refuses to renew.
 *
 * @internal
 */
export async function renewOrAsk(
  credential: TokenCredential,
  silent: TokenCredential,
  scopes: string[],
  options: Options,
  person: Person,
): Promise<AccessToken | null> {
  const { abortSignal } = options
  let asking = credential
  try {
    return await unlessAborted(Promise.resolve(silent.getToken(scopes, options)), abortSignal)
  } catch (reason) {
    if (outageOf(errorsOf(reason)) !== undefined || abortSignal?.aborted) throw reason
    // A class that is derived from one of the library may have private fields, which views have not.
    if (!(reason instanceof TypeError)) asking = watched(credential, abortSignal, person.isAsked)
  }
  person.mayBeAsked()
  return asking.getToken(scopes, options)
}

/** The library does not stop a renewal. It asks nobody, so another one may begin before it has ended. */
function unlessAborted<T>(renewing: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason)
    const forget = () => signal?.removeEventListener('abort', abort)
    renewing.then(resolve, reject).finally(forget)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}

function withField<T extends object>(object: T, field: string, value: unknown): T {
  return Object.create(object, { [field]: { value, writable: true, enumerable: true, configurable: true } })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
