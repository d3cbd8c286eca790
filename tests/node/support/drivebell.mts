import { Client, type ClientOptions, DrivebellError } from 'drivebell'
import type { Simulator } from './simulator.mjs'
import { TOKEN } from './simulator.mjs'

/**
 * A client of the simulator, which makes one attempt, so that what it meets is seen. Its sessions are quick to
 * connect again.
 */
export function clientOf(simulator: Pick<Simulator, 'baseUrl'>, options: Partial<ClientOptions> = {}): Client {
  const { baseUrl } = simulator
  return new Client({
    credential: TOKEN,
    baseUrl,
    retryTimeout: 0,
    startTimeout: 0,
    retryMin: 10,
    retryMax: 50,
    ...options,
  })
}

/** A client whose user signs out with `reason`, which ends a session that then needs another token. */
export function mortalClientOf(simulator: Pick<Simulator, 'baseUrl'>) {
  const reason = new Error('signed out')
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
  throw new Error('it was expected to reject, and has not')
}

/** The same, where it must be one of ours. */
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
  throw new Error('it was expected to throw, and has not')
}
