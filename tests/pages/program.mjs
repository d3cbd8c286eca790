// Does what a page of the documentation is about, and prints what one sees of it.
import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Client, DrivebellError, Resource } from '../../bindings-node/dist/index.js'

const plan = JSON.parse(process.argv[2])
const resource = Resource.parse(plan.resource ?? '/me/drive')
const DURATION = /(Timeout|Min|Max|Margin|Interval|Before|Age)$/

function camelCase(options) {
  const named = Object.entries(options ?? {}).map(([name, value]) => {
    const key = name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())
    return [key, DURATION.test(key) && typeof value === 'number' ? value * 1000 : value]
  })
  return Object.fromEntries(named)
}

const credentials = {
  sign_in: () => {
    throw Object.assign(new Error('alex@contoso.com has to sign in again'), { name: 'SignInRequired' })
  },
  asks: (request) => {
    request.signingIn()
    return setTimeout(60_000, '', { ref: false })
  },
  fails: () => {
    throw new Error('the vault does not answer')
  },
  hangs: () => setTimeout(60_000, ''),
  nothing: () => null,
}

function client() {
  const credential = plan.credential ? credentials[plan.credential] : plan.token
  return new Client({ credential, baseUrl: plan.base_url, ...camelCase(plan.options) })
}

async function show(events) {
  for await (const event of events) {
    const matches = event.kind === plan.event && (plan.reason === undefined || event.reason === plan.reason)
    if (matches && (!plan.coalesced || event.coalesced > 0)) {
      const { client: _, ...shown } = event
      Object.setPrototypeOf(shown, Object.getPrototypeOf(event))
      if (shown.error) shown.error = bare(shown.error)
      process.stdout.write(`${inspect(shown, { depth: 1, breakLength: 90 })}\n`)
      process.exit(0)
    }
    if (plan.slow) await setTimeout(500)
  }
}

/** Without the lines of the stack. */
function bare(error) {
  error.stack = `${error.name}: ${error.message}\n    at …`
  if (error.cause instanceof Error) bare(error.cause)
  return error
}

async function drain(stream) {
  for await (const _ of stream);
}

const actions = {
  construct: () => client(),
  async endpoint() {
    const it = client()
    if (plan.close_first) await it.close()
    await it.endpoint(resource)
  },
  subscribe: () => client().subscribe(resource),
  async mirror() {
    const it = client()
    const mirror = it.mirror(resource, plan.file)
    await mirror.ready()
    await mirror.close()
  },
  events: async () => show((await client().subscribe(resource, { waitLive: false })).events()),
  async changes() {
    const changes = client().changes(resource, camelCase(plan.changes))
    await Promise.all([show(changes.events()), drain(changes)])
  },
  batches: () => drain(client().changes(resource, camelCase(plan.changes))),
  set: async () => show((await client().subscribeAll([resource])).events()),
  async aborted() {
    const sub = await client().subscribe(resource, { signal: AbortSignal.timeout(100) })
    await drain(sub)
  },
}

try {
  await actions[plan.action]()
} catch (error) {
  if (!(error instanceof DrivebellError) && error.name !== 'AbortError') throw error
  process.stdout.write(`${inspect(bare(error), { breakLength: 90 })}\n`)
}
process.exit(0)
