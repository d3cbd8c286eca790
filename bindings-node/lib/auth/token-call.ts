import { AsyncResource } from 'node:async_hooks'
import { isAlive, type NativeTokenCall } from '../runtime/addon'
import type { Credential, TokenCredential, TokenProvider, TokenRequest } from './credential'
import { describeThrown } from './failure'
import { classNames, read } from './inspect'
import { renewOrAsk, silently } from './renewal'
import type { ThrownValues } from './thrown-values'
import { readAnswer } from './token-answer'

/** How deep chains of credentials are looked into, and how many credentials of each. */
const MAX_DEPTH = 4
const MAX_SOURCES = 20

/**
 * The reason of the signals of calls that are given up. One for all: an error holds everything on the
 * stack where it was made, which would keep clients in memory.
 */
const GIVEN_UP = new DOMException('drivebell does not wait for this token any more', 'AbortError')

/** A credential as native code takes it. @internal */
export interface NativeCredential {
  readonly source: string | ((call: NativeTokenCall | null) => void)
  /** The core recognizes those that ask a person. */
  readonly classNames: string[]
}

/**
 * Converts a credential for native code, which holds a reference to it. It must not refer to the
 * client: the client could then never be garbage-collected.
 *
 * @internal
 */
export function nativeCredential(credential: Credential, thrown: ThrownValues): NativeCredential {
  if (typeof credential === 'string') return { source: credential, classNames: [] }
  if (typeof credential === 'function') return { source: callsOf(credential, thrown), classNames: [] }
  const silent = silently(credential)
  if (silent) {
    const renewing: CallProvider = (request, call) =>
      renewOrAsk(credential, silent, request.scopes, optionsOf(request), {
        mayBeAsked: () => isAlive() && call.maySignIn(),
        isAsked: request.signingIn,
      })
    return { source: callsOf(renewing, thrown), classNames: [] }
  }
  const provider: TokenProvider = (request) => credential.getToken(request.scopes, optionsOf(request))
  return { source: callsOf(provider, thrown), classNames: classNamesOf(credential) }
}

type CallProvider = (request: TokenRequest, call: NativeTokenCall) => ReturnType<TokenProvider>

/** The function settles the call that it gets. Without one, it gives up the call under way. */
function callsOf(provider: CallProvider, thrown: ThrownValues): (call: NativeTokenCall | null) => void {
  const underWay = new UnderWay()
  // The provider runs where the client was made, so that `AsyncLocalStorage` has its store.
  const scope = new AsyncResource('drivebell.Credential')
  return (call) => {
    underWay.giveUp()
    if (!call || !isAlive()) return
    const request = requestOf(call, underWay.begin())
    const answer = new Promise<unknown>((resolve) => resolve(scope.runInAsyncScope(provider, undefined, request, call)))
    void settle(call, answer, thrown, underWay)
  }
}

/** The core has one call under way at a time. */
class UnderWay {
  #controller: AbortController | undefined

  begin(): AbortSignal {
    this.#controller = new AbortController()
    return this.#controller.signal
  }

  giveUp(): void {
    const controller = this.#controller
    this.end()
    controller?.abort(GIVEN_UP)
  }

  end(): void {
    this.#controller = undefined
  }
}

function requestOf(call: NativeTokenCall, signal: AbortSignal): TokenRequest {
  const { scopes, refresh, claims } = call
  const signingIn = () => {
    if (isAlive()) call.signingIn()
  }
  return { scopes, refresh, claims: claims ?? undefined, signal, signingIn }
}

/** Refers to no credential: a promise that never settles would keep it in memory. */
async function settle(
  call: NativeTokenCall,
  answer: Promise<unknown>,
  thrown: ThrownValues,
  underWay: UnderWay,
): Promise<void> {
  try {
    const { token, expiresAt, refreshAt } = readAnswer(await answer)
    underWay.end()
    if (isAlive()) call.resolve(token, expiresAt, refreshAt)
  } catch (reason) {
    underWay.end()
    if (!isAlive()) return
    thrown.forget(call.reject({ id: thrown.add(reason), ...describeThrown(reason) }))
  }
}

function optionsOf({ claims, signal }: TokenRequest): Parameters<TokenCredential['getToken']>[1] {
  // Given claims, @azure/identity does not use its cache. Tokens that Graph may revoke before their
  // expiry need `enableCae` from the first one on: the library has another cache for them.
  return { abortSignal: signal, enableCae: true, ...(claims !== undefined && { claims }) }
}

/** The names of its classes, and of the classes of the credentials in a `ChainedTokenCredential`. */
function classNamesOf(credential: unknown, depth = 0): string[] {
  const sources = read(credential, '_sources')
  if (!Array.isArray(sources) || depth === MAX_DEPTH) return classNames(credential)
  const names = sources.slice(0, MAX_SOURCES).flatMap((source) => classNamesOf(source, depth + 1))
  return [...new Set([...classNames(credential), ...names])]
}
