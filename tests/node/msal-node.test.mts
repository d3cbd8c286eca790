/**
 * Functions that call msal-node, or `fetch`, under faults. Both use `fetch`, which trusts the authorities that are
 * named when the process starts: the cases run in a process of their own.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type AuthenticationResult, ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node'
import { type OAuthToken, Resource, type TokenProvider } from 'drivebell'
import { SCOPES } from './support/azure-identity.mjs'
import { failure } from './support/drivebell.mjs'
import { IdentityService } from './support/identity.mjs'
import { NO_TOKENS, OUTAGES, PAUSES_MSAL, REFUSALS } from './support/identity-faults.mjs'
import { impatientClient, outlives, refusalOf } from './support/identity-session.mjs'
import { eventsUntil } from './support/story.mjs'

/** A function, and how often it has asked a person. */
interface Asking {
  provider: TokenProvider
  asked(): number
}

function authOf({ url }: IdentityService, tenant: string) {
  return { clientId: 'app', authority: `${url}/${tenant}`, knownAuthorities: [new URL(url).host] }
}

/** The documented way: renew silently, and ask where the library says that somebody must. */
function publicClient(identity: IdentityService): Asking {
  const app = new PublicClientApplication({ auth: authOf(identity, 'organizations') })
  let asked = 0
  const provider: TokenProvider = async ({ claims, signal, signingIn }) => {
    const [account] = await app.getTokenCache().getAllAccounts()
    const request = { scopes: SCOPES, ...(claims !== undefined && { claims }) }
    if (account) return app.acquireTokenSilent({ ...request, account, forceRefresh: true })
    const ask = () => {
      // Nobody would redeem the code.
      signal.throwIfAborted()
      asked += 1
      signingIn()
    }
    return app.acquireTokenByDeviceCode({ ...request, deviceCodeCallback: ask }) as Promise<AuthenticationResult>
  }
  return { provider, asked: () => asked }
}

async function onBehalfOf(identity: IdentityService): Promise<Asking> {
  const app = new ConfidentialClientApplication({ auth: { ...authOf(identity, 'tenant.example'), clientSecret: 's' } })
  const oboAssertion = await identity.userToken()
  const provider: TokenProvider = () =>
    app.acquireTokenOnBehalfOf({ scopes: SCOPES, oboAssertion, skipCache: true }) as Promise<AuthenticationResult>
  return { provider, asked: () => 0 }
}

/** A function that knows nothing of the libraries, and returns what the token endpoint answers. */
function plainFunction({ url }: IdentityService): Asking {
  const body = { grant_type: 'password', client_id: 'app', username: 'alex@contoso.com', password: 'p' }
  const provider: TokenProvider = async ({ signal }) => {
    const response = await fetch(`${url}/organizations/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...body, scope: 'https://graph.microsoft.com/Files.Read' }),
      signal,
    })
    return (await response.json()) as OAuthToken
  }
  return { provider, asked: () => 0 }
}

type Make = (identity: IdentityService) => Asking | Promise<Asking>

const FUNCTIONS: Record<string, Make> = {
  'a PublicClientApplication': publicClient,
  'a ConfidentialClientApplication on behalf of a user': onBehalfOf,
  'a plain function': plainFunction,
}

/** Runs the cases of a function in another process, which trusts the authority of `identity`. */
async function runCases(name: string, identity: IdentityService): Promise<void> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env: { ...env, NODE_EXTRA_CA_CERTS: identity.caFile, CASES: JSON.stringify([name, identity.address]) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
}

function sessionsWith(name: string, make: Make, identity: IdentityService): void {
  const { simulator } = identity

  it(`a session with ${name} outlives every outage, and asks one person once`, async () => {
    for (const [outage, fault] of [...Object.entries(OUTAGES), ['of tokens', NO_TOKENS] as const]) {
      const { provider, asked } = await make(identity)
      await using client = impatientClient(identity, provider, outage)
      const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
      await eventsUntil(sub, 'connected')
      await identity.expired()
      await simulator.fault(fault)
      await identity.endEndpoints()
      await outlives(sub, identity, outage)
      assert(asked() <= 1, outage)
    }
  })

  it(`a session with ${name} that starts during an outage starts after it`, async () => {
    for (const [outage, fault] of Object.entries(OUTAGES)) {
      // It begins with a code, which msal forgets after this answer.
      if (outage === PAUSES_MSAL) continue
      const { provider, asked } = await make(identity)
      await using client = impatientClient(identity, provider, outage)
      await simulator.fault(fault)
      const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
      await outlives(sub, identity, outage)
      assert(asked() <= 1, outage)
    }
  })

  it(`a session with ${name} ends when the identity service refuses, with what it says`, async () => {
    for (const [refusal, { fault, number }] of Object.entries(REFUSALS)) {
      const { provider } = await make(identity)
      await using client = impatientClient(identity, provider)
      const sub = await client.subscribe(Resource.myDrive())
      await identity.expired()
      await simulator.fault(fault)
      await identity.endEndpoints()
      await refusalOf(sub, refusal, new RegExp(number))
      await simulator.release()
    }
  })
}

function signingIn(identity: IdentityService): void {
  const { simulator } = identity

  it('signing in with a client credential tells an outage from a refusal', async () => {
    const app = new ConfidentialClientApplication({
      auth: { ...authOf(identity, 'tenant.example'), clientSecret: 's' },
    })
    const provider: TokenProvider = () =>
      app.acquireTokenByClientCredential({ scopes: SCOPES, skipCache: true }) as Promise<AuthenticationResult>
    await using client = impatientClient(identity, provider)
    await simulator.fault('reset,on=identity')
    assert.equal((await failure(client.signIn())).retryable, true)
    await simulator.release()
    await client.signIn()
    await identity.expired()
    await simulator.fault('answer=401,code=invalid_client,on=token')
    const error = await failure(client.signIn())
    assert.equal(error.retryable, false)
    assert.match(error.message, /AADSTS7000215/)
    await simulator.release()
  })
}

const APPLICATION = 'a client credential'
const { CASES } = process.env

if (CASES) {
  const [name, address] = JSON.parse(CASES)
  const identity = IdentityService.at(address)
  const make = FUNCTIONS[name]
  if (make) sessionsWith(name, make, identity)
  else signingIn(identity)
} else {
  describe('msal-node and functions', { concurrency: true }, () => {
    for (const name of [...Object.keys(FUNCTIONS), APPLICATION]) {
      it(`pass the cases of ${name}`, async () => {
        await using identity = await IdentityService.start()
        await runCases(name, identity)
      })
    }
  })
}
