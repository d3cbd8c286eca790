/**
 * The credentials of `@azure/identity` for an application, under faults. Graph gives applications no endpoint, so
 * they have no session. It serves their delta queries.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Resource } from 'drivebell'
import { OF_APPLICATIONS } from './support/azure-identity.mjs'
import { within } from './support/deadline.mjs'
import { failure } from './support/drivebell.mjs'
import { IdentityService } from './support/identity.mjs'
import { OUTAGES, PAUSES_MSAL, REFUSALS } from './support/identity-faults.mjs'
import { impatientClient } from './support/identity-session.mjs'
import { QUICK, upload } from './support/mirror.mjs'

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

describe('an application', { concurrency: true }, () => {
  for (const [name, make] of Object.entries(OF_APPLICATIONS)) {
    it(`follows changes by polling with ${name}`, async () => {
      await using identity = await IdentityService.start()
      await using client = impatientClient(identity, make(identity))
      const changes = client.changes(Resource.drive('b!me'), { since: 'start', ...QUICK })
      const batches = changes[Symbol.asyncIterator]()
      const first = await within(batches.next(), 'a batch')
      assert.equal(first.value?.caughtUp, true)
      assert.equal(changes.state, 'polling')
      const told = await within(changes.events()[Symbol.asyncIterator]().next(), 'an event')
      assert.equal(told.value?.type, 'push_refused')
      assert.match(told.value.error.message, /application permissions are not supported/)
      await upload(identity.simulator, 'polled.txt')
      const second = await within(batches.next(), 'the change')
      assert.ok(second.value?.items.some((item) => item.name === 'polled.txt'))
    })
  }
})
