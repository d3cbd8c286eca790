import assert from 'node:assert/strict'
import { Client, type ClientOptions, DrivebellError, SignInRequired } from 'drivebell'
import { within } from './deadline.mjs'
import type { Simulator } from './simulator.mjs'
import { TOKEN } from './simulator.mjs'

/**
 * A client of the simulator that neither retries calls nor doubts a refusal, so that tests see the first failure. Its
 * sessions reconnect quickly.
 */
export function clientOf(simulator: Pick<Simulator, 'baseUrl'>, options: Partial<ClientOptions> = {}): Client {
  const { baseUrl } = simulator
  return new Client({
    credential: TOKEN,
    baseUrl,
    retryTimeout: 0,
    startTimeout: 0,
    firstRefusalTimeout: 0,
    retryMin: 10,
    retryMax: 50,
    ...options,
  })
}

/** A client whose credential throws `reason` after `signOut()`, which ends a session that needs a new token. */
export function signOutClientOf(simulator: Pick<Simulator, 'baseUrl'>) {
  const reason = new SignInRequired('signed out')
  let signedOut = false
  const credential = () => {
    if (signedOut) throw reason
    return TOKEN
  }
  const signOut = () => {
    signedOut = true
  }
  return { client: clientOf(simulator, { credential, refusalTimeout: 0 }), signOut, reason }
}

/** What `promise` rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (reason) {
    return reason
  }
  throw new Error('the promise was expected to reject')
}

/** The same, which must be an AbortError as Node makes them. */
export async function assertAborted(promise: PromiseLike<unknown> | undefined, reason: unknown): Promise<void> {
  assert(promise)
  const error = await within(rejection(promise), 'the abortion')
  assert(error instanceof Error)
  const { name, code, cause } = error as Error & { code?: string }
  assert.deepEqual({ name, code, cause }, { name: 'AbortError', code: 'ABORT_ERR', cause: reason })
}

/** The same, which must be a DrivebellError. */
export async function failure(promise: PromiseLike<unknown>): Promise<DrivebellError> {
  const reason = await rejection(promise)
  if (reason instanceof DrivebellError) return reason
  throw new Error('not a DrivebellError', { cause: reason })
}

/** The error that `call` throws. */
export function thrownBy(call: () => unknown): DrivebellError {
  try {
    call()
  } catch (reason) {
    if (reason instanceof DrivebellError) return reason
    throw new Error('not a DrivebellError', { cause: reason })
  }
  throw new Error('the call was expected to throw')
}
