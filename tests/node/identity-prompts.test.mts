/** One prompt for each person: when `@azure/identity` may ask, and when not. */
import assert from 'node:assert/strict'
import { get } from 'node:http'
import { describe, it } from 'node:test'
import { ChainedTokenCredential, CredentialUnavailableError } from '@azure/identity'
import { Resource } from 'drivebell'
import { deviceCode } from './support/azure-identity.mjs'
import { until, within } from './support/deadline.mjs'
import { failure } from './support/drivebell.mjs'
import { IdentityService } from './support/identity.mjs'
import { NO_TOKENS, OUTAGES, PAUSES_MSAL } from './support/identity-faults.mjs'
import { impatientClient, outlives, refusalOf } from './support/identity-session.mjs'
import { eventsUntil } from './support/story.mjs'

const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'

/** A challenge for claims, as after a change of a policy. */
function challenge(): object {
  const claims = Buffer.from(CLAIMS).toString('base64')
  const headers = { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"` }
  return { action: { answer: { status: 401, headers } }, on: 'endpoint', times: 1 }
}

/** A source of a chain that cannot reach its service, as `ManagedIdentityCredential` outside a cloud. */
const unreachable = {
  getToken: () =>
    new Promise<never>((_, reject) =>
      get('http://127.0.0.1:1').on('error', () => reject(new CredentialUnavailableError('no machine of a cloud'))),
    ),
}

describe('DeviceCodeCredential', { concurrency: true }, () => {
  it('asks once for five resources of one user', async () => {
    const ids = ['1', '2', '3', '4', '5']
    const aliases = ids.flatMap((id) => ['--alias', `/sites/${id}/drive=b!me`])
    await using identity = await IdentityService.start('--sign-in-takes', '300', ...aliases)
    const { credential, asked } = deviceCode(identity)
    await using client = impatientClient(identity, credential)
    const set = client.subscribeAll(ids.map((id) => Resource.siteDrive(id)))
    await until(() => set.stats().live === ids.length, 'five live members')
    assert.equal(asked(), 1)
    assert.equal((await identity.observed()).prompts, 1)
  })

  it('asks nobody when only its tokens cannot be renewed', async () => {
    await using identity = await IdentityService.start()
    const { simulator } = identity
    const { credential, asked } = deviceCode(identity)
    await using client = impatientClient(identity, credential)
    const sub = await client.subscribe(Resource.myDrive())
    await identity.expired()
    await simulator.fault(NO_TOKENS)
    await identity.endEndpoints()
    await outlives(sub, identity, 'of tokens')
    assert.equal(asked(), 1)
    // None was issued either.
    assert.equal((await identity.observed()).prompts, 1)
  })

  it('asks nobody when a policy changes, if its login satisfies the policy', async () => {
    await using identity = await IdentityService.start()
    const { credential, asked } = deviceCode(identity)
    await using client = impatientClient(identity, credential)
    await client.endpoint(Resource.myDrive())
    await identity.simulator.fault(challenge())
    await client.endpoint(Resource.myDrive())
    const { prompts, tokenRequests } = await identity.observed()
    assert.deepEqual([prompts, asked()], [1, 1])
    assert.deepEqual(
      tokenRequests.map(({ grant_type, outcome, cae }) => [grant_type, outcome, cae]),
      [
        ['device_code', 'issued', true],
        ['refresh_token', 'issued', true],
      ],
    )
  })

  it('asks once more when the login was revoked', async () => {
    await using identity = await IdentityService.start()
    const { credential, asked } = deviceCode(identity)
    await using client = impatientClient(identity, credential)
    const sub = await client.subscribe(Resource.myDrive())
    await eventsUntil(sub, 'connected')
    await identity.revoke()
    await identity.endEndpoints()
    await eventsUntil(sub, 'connected')
    assert.equal(asked(), 2)
    assert.equal((await identity.observed()).prompts, 2)
    await client.endpoint(Resource.myDrive())
    assert.equal(asked(), 2)
  })

  it('that may not ask outlives outages, and ends with a refusal', async () => {
    await using identity = await IdentityService.start()
    const { simulator } = identity
    for (const [outage, fault] of Object.entries(OUTAGES)) {
      const { credential, asked } = deviceCode(identity, { disableAutomaticAuthentication: true })
      await (credential as unknown as { authenticate: typeof credential.getToken }).authenticate(
        ['https://graph.microsoft.com/.default'],
        { enableCae: true },
      )
      await using client = impatientClient(identity, credential, outage)
      const sub = await client.subscribe(Resource.myDrive())
      await identity.expired()
      await simulator.fault(fault)
      await identity.endEndpoints()
      await outlives(sub, identity, outage)
      if (outage !== PAUSES_MSAL) {
        await identity.revoke()
        await identity.expired()
        await identity.endEndpoints()
        await refusalOf(sub, 'because the login was revoked', /Automatic authentication has been disabled/)
      }
      assert.equal(asked(), 1, outage)
    }
  })

  it('asks although another credential of its chain is out of reach', async () => {
    await using identity = await IdentityService.start()
    const { credential, asked } = deviceCode(identity)
    const chain = new ChainedTokenCredential(unreachable, credential as never)
    await using client = impatientClient(identity, chain)
    await client.endpoint(Resource.myDrive())
    assert.equal(asked(), 1)
  })

  it('of a class with private fields works', async () => {
    await using identity = await IdentityService.start()
    const { credential, asked } = deviceCode(identity)
    class Mine {
      readonly #credential = credential
      readonly disableAutomaticAuthentication = false
      getToken(...request: Parameters<typeof credential.getToken>) {
        return this.#credential.getToken(...request)
      }
    }
    await using client = impatientClient(identity, new Mine())
    await client.endpoint(Resource.myDrive())
    assert.equal(asked(), 1)
  })

  it('asks a person who declines once', async () => {
    await using identity = await IdentityService.start('--sign-in-takes', 'never')
    const { credential, asked } = deviceCode(identity)
    await using client = impatientClient(identity, credential)
    const declined = failure(within(client.endpoint(Resource.myDrive()), 'the end'))
    while (asked() === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const [code] = ((await identity.observed()) as unknown as { deviceCodes: { user_code: string }[] }).deviceCodes
    await identity.simulator.control('POST', `identity/decline?user_code=${code?.user_code}`)
    assert.match((await declined).message, /authorization_declined/)
    assert.equal((await failure(client.endpoint(Resource.myDrive()))).retryable, false)
    assert.equal(asked(), 1)
  })
})
