// Subscribes with drivebell and reports its events: with handlers, or with FACE=iterator by `for await`.
import { Client, Resource } from 'drivebell'
import { EACH, endWithStdin, event, read, SESSIONS } from './report.mjs'

endWithStdin()
// Totals: nothing may be merged, or wait for the limit of endpoint calls.
const limits = EACH ? {} : { mailboxCapacity: 2 ** 30, maxEndpointCallsPerSecond: 2 ** 32 - 1 }

// Setup:
const client = new Client({
  credential: process.env.GRAPH_TOKEN,
  baseUrl: process.env.GRAPH_URL,
  caBundle: process.env.CA_BUNDLE,
  ...limits,
})

function handle({ payload, coalesced }) {
  if (!payload || coalesced > 0) return event('coalesced, or a resync')
  read(payload.subscriptionId, payload.listId, payload.subscriptionExpiresAt)
}

async function watch(resource) {
  const sub = await client.subscribe(resource)
  if (EACH) {
    for await (const { type, kind, reason } of sub.events()) event(kind === 'resync' ? kind : type, reason)
    return
  }
  sub.on('connected', () => event('connected'))
  sub.on('disconnected', ({ reason }) => event('disconnected', reason))
  if (process.env.FACE !== 'iterator') return sub.on('notification', handle)
  for await (const note of sub) handle(note)
}
// End of setup.

for (let session = 0; session < SESSIONS; session += 1) {
  const resource = session === 0 ? Resource.myDrive() : Resource.drive(`b!${session}`)
  watch(resource).catch((error) => event('ended', error))
}
