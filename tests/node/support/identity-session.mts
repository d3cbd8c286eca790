import assert from 'node:assert/strict'
import type { Client, Credential, Subscription } from 'drivebell'
import { SCOPES } from './azure-identity.mjs'
import { within } from './deadline.mjs'
import { clientOf, failure } from './drivebell.mjs'
import type { IdentityService } from './identity.mjs'
import { HANGS, PAUSES_MSAL } from './identity-faults.mjs'
import { eventsUntil } from './story.mjs'

/** How many attempts fail before a fault ends. */
const ATTEMPTS = 3

/**
 * A client whose sessions end at their first refusal: if one survives some attempts, it would survive an hour
 * of them. Tokens are used until they expire.
 */
export function impatientClient({ simulator }: IdentityService, credential: Credential, outage?: string): Client {
  // Long enough for a busy machine, except where the time must pass.
  const timeout = outage === HANGS ? 500 : 10_000
  return clientOf(simulator, {
    credential,
    scopes: SCOPES,
    refusalTimeout: 0,
    tokenRefreshMargin: 0,
    credentialTimeout: timeout,
    signInTimeout: timeout,
  })
}

/** Lets some attempts of the session fail, then releases the fault, and waits until the session is live. */
export async function outlives(sub: Subscription, { simulator }: IdentityService, outage: string): Promise<void> {
  for (let attempts = 0; attempts < ATTEMPTS; ) {
    const event = (await eventsUntil(sub, 'unavailable')).at(-1)
    assert(event?.type === 'unavailable')
    assert.equal(event.error.retryable, true, `${outage}: ${event.error.message}`)
    // Before that, the old notification URL fails.
    if (/the credential/.test(event.error.message)) attempts += 1
  }
  await simulator.release()
  if (outage !== PAUSES_MSAL) await eventsUntil(sub, 'connected')
}

/** Waits until the session has ended because the identity service said no, with `expected` in the error. */
export async function refusalOf(sub: Subscription, refusal: string, expected: RegExp): Promise<void> {
  const error = await failure(within(sub.closed, `the end ${refusal}`))
  assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION', refusal)
  assert.equal(error.retryable, false, refusal)
  assert.match(error.message, expected, refusal)
}
