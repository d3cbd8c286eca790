/** A client that is closed leaves nothing behind, whatever its credential does, and what is collected ends. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { type Client, type Credential, Resource } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf } from './support/drivebell.mjs'
import { Living } from './support/living.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

/** Where Linux lists the open files of this process. */
const OPEN_FILES = '/proc/self/fd'

/** Closed clients of each kind. They are of one family, because a new HTTP stack takes milliseconds. */
const CLIENTS = 1_000

/** Closed clients of each kind that have an HTTP stack of their own. */
const STACKS = 50

/** Promises that a program keeps without ever settling them. */
const held: unknown[] = []

interface Kind {
  make(): Credential
  /** Whether its call of the credential ends by itself. */
  hangs?: boolean
}

const KINDS: Record<string, Kind> = {
  'a string': { make: () => TOKEN },
  'a function': { make: () => () => TOKEN },
  'an async function': { make: () => async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  'a TokenCredential': {
    make: () => ({ getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) }),
  },
  'a function that throws': { make: () => () => Promise.reject(new Error('offline')) },
  'a function that hangs': { make: () => () => new Promise(() => {}), hangs: true },
  'a function that hangs, whose promise is held': {
    make: () => () => new Promise<never>((...settle) => held.push(settle)),
    hangs: true,
  },
  'a TokenCredential that hangs until it is aborted': {
    make: () => ({
      getToken: (_, { abortSignal }) =>
        new Promise((_, reject) => abortSignal?.addEventListener('abort', () => reject(abortSignal.reason))),
    }),
    hangs: true,
  },
}

const openFiles = () => (existsSync(OPEN_FILES) ? readdirSync(OPEN_FILES).length : 0)

let simulator: Simulator
let family: Client

before(async () => {
  simulator = await Simulator.start('simulator')
  family = clientOf(simulator)
})
after(() => simulator.kill())

/** A credential that calls another one, and resolves `called` when that happens. */
function observed(credential: Credential): { credential: Credential; called: Promise<void> } {
  let onCall = (): void => {}
  const called = new Promise<void>((resolve) => {
    onCall = resolve
  })
  if (typeof credential === 'string') return { credential, called: Promise.resolve() }
  if (typeof credential === 'function') {
    const ask: Credential = (request) => {
      onCall()
      return credential(request)
    }
    return { credential: ask, called }
  }
  const getToken: typeof credential.getToken = (scopes, options) => {
    onCall()
    return credential.getToken(scopes, options)
  }
  return { credential: { getToken }, called }
}

/** Makes a client, uses it if `use`, and closes it. */
async function closedClient(kind: Kind, use: boolean, makeClient: (credential: Credential) => Client, living: Living) {
  const { credential, called } = observed(kind.make())
  const client = makeClient(credential)
  living.add(client)
  if (typeof credential !== 'string') living.add(credential)
  if (use) {
    const call = client.endpoint(Resource.myDrive()).catch(() => {})
    // A call that hangs is still under way when the client is closed.
    await (kind.hangs ? called : call)
  }
  await client.close()
}

async function closedClients(count: number, kind: Kind, makeClient: (credential: Credential) => Client) {
  const living = new Living()
  for (let made = 0; made < count; made += 50) {
    const use = made % 100 === 0
    await Promise.all(Array.from({ length: 50 }, () => closedClient(kind, use, makeClient, living)))
  }
  await living.gone(`${count} closed clients are collected`)
}

for (const [name, kind] of Object.entries(KINDS)) {
  it(`${CLIENTS} closed clients with ${name} are collected`, async () => {
    await closedClients(CLIENTS, kind, (credential) => family.withCredential(credential))
  })
}

it('closed clients leave neither files nor memory', async (context) => {
  const round = async () => {
    for (const kind of Object.values(KINDS)) {
      await closedClients(STACKS, kind, (credential) => clientOf(simulator, { credential }))
    }
    return { files: openFiles(), bytes: process.memoryUsage().rss }
  }
  const first = await round()
  const second = await round()
  const clients = STACKS * Object.keys(KINDS).length
  const grown = (second.bytes - first.bytes) / clients
  context.diagnostic(`${clients} clients: ${second.files - first.files} files, ${grown.toFixed(0)} bytes for each`)
  assert(second.files <= first.files + 5, `${first.files} files, then ${second.files}`)
  // A client that leaks its HTTP stack takes more than 100 kB.
  assert(grown < 30_000, `each client leaves ${grown} bytes`)
})

it('a client that is not closed is collected as well', async () => {
  const living = new Living()
  for (const kind of Object.values(KINDS)) {
    if (kind.hangs) continue
    await (async () => {
      const client = family.withCredential(kind.make())
      living.add(client)
      await within(
        client.endpoint(Resource.myDrive()).catch(() => {}),
        'the call',
      )
    })()
  }
  await living.gone('the clients')
})
