import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Resource } from 'drivebell'
import type { Make } from './azure-identity.mjs'
import { failure } from './drivebell.mjs'
import { IdentityService } from './identity.mjs'
import { OUTAGES, PAUSES_MSAL, REFUSALS } from './identity-faults.mjs'
import { impatientClient, outlives, refusalOf } from './identity-session.mjs'
import { eventsUntil } from './story.mjs'

/** What the libraries leave of a refusal, where it is not the number. */
const REMAINS: Record<string, (code: string) => RegExp> = {
  // It polls for the token, and keeps only the code.
  DeviceCodeCredential: (code) => new RegExp(`: post_request_failed: ${code}$`),
  'ChainedTokenCredential with a DeviceCodeCredential': (code) => new RegExp(`: post_request_failed: ${code}$`),
  AzureCliCredential: () => /Please run 'az login'/,
}

/** The cases of a credential with which a user signs in. */
export function sessionsWith(name: string, make: Make): void {
  it(`a session with ${name} outlives every outage, at the start and later, and asks one person once`, async () => {
    await using identity = await IdentityService.start()
    const { simulator } = identity
    for (const [outage, fault] of Object.entries(OUTAGES)) {
      const { credential, asked } = await make(identity)
      await using client = impatientClient(identity, credential, outage)
      // There the library forgets the code that a person has.
      const atStart = outage !== PAUSES_MSAL
      if (atStart) await simulator.fault(fault)
      const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
      if (atStart) await outlives(sub, identity, outage)
      else await eventsUntil(sub, 'connected')
      await identity.expired()
      await simulator.fault(fault)
      await identity.endEndpoints()
      await outlives(sub, identity, outage)
      assert(asked() <= 1, `${outage}: asked ${asked()} times`)
    }
  })

  it(`a session with ${name} ends when the identity service refuses, with what it says`, async () => {
    await using identity = await IdentityService.start()
    const { simulator } = identity
    for (const [refusal, { fault, code, number }] of Object.entries(REFUSALS)) {
      const expected = REMAINS[name]?.(code) ?? new RegExp(number)
      {
        await using client = impatientClient(identity, (await make(identity)).credential)
        await simulator.fault(fault)
        const error = await failure(client.subscribe(Resource.myDrive()))
        assert.equal(error.retryable, false, refusal)
        assert.match(error.message, expected, refusal)
      }
      await simulator.release()
      await using client = impatientClient(identity, (await make(identity)).credential)
      const sub = await client.subscribe(Resource.myDrive())
      await identity.expired()
      await simulator.fault(fault)
      await identity.endEndpoints()
      await refusalOf(sub, refusal, expected)
      await simulator.release()
    }
  })
}
