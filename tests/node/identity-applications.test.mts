/**
 * The credentials of `@azure/identity` for an application, under faults. Graph gives applications no endpoint, so
 * they have no session.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OF_APPLICATIONS } from './support/azure-identity.mjs'
import { failure } from './support/drivebell.mjs'
import { IdentityService } from './support/identity.mjs'
import { OUTAGES, PAUSES_MSAL, REFUSALS } from './support/identity-faults.mjs'
import { impatientClient } from './support/identity-session.mjs'

describe('@azure/identity', { concurrency: true }, () => {
  for (const [name, make] of Object.entries(OF_APPLICATIONS)) {
    it(`signing in with ${name} tells an outage from a refusal`, async () => {
      await using identity = await IdentityService.start()
      const { simulator } = identity
      for (const moment of ['at the start', 'later']) {
        for (const [outage, fault] of Object.entries(OUTAGES)) {
          await using client = impatientClient(identity, make(identity), outage)
          if (moment === 'later') {
            await client.signIn()
            await identity.expired()
          }
          await simulator.fault(fault)
          const error = await failure(client.signIn())
          assert.equal(error.retryable, true, `${moment}, ${outage}: ${error.message}`)
          await simulator.release()
          if (outage !== PAUSES_MSAL) await client.signIn()
        }
      }
      for (const [refusal, { fault, number }] of Object.entries(REFUSALS)) {
        await using client = impatientClient(identity, make(identity))
        await simulator.fault(fault)
        const error = await failure(client.signIn())
        assert.equal(error.retryable, false, refusal)
        assert.match(error.message, new RegExp(number), refusal)
        await simulator.release()
      }
    })
  }
})
