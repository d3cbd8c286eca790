// drivebell: handlers, or with ITERATE=1 `for await`.
import { Client, Resource } from 'drivebell'
import { connected, ended, fail, SESSIONS, saw } from './meter.mjs'

// Setup:
function handle({ payload, coalesced }) {
  if (!payload || coalesced > 0) return ended('merged, or a resync')
  saw(payload.subscriptionId, payload.listId, payload.subscriptionExpiresAt)
}

const client = new Client({
  credential: 'token',
  baseUrl: process.env.GRAPH_URL,
  caBundle: process.env.CA_BUNDLE,
  mailboxCapacity: 2 ** 30,
  maxEndpointCallsPerSecond: 2 ** 32 - 1,
})

async function watch(resource) {
  const sub = await client.subscribe(resource)
  // End of setup.
  sub.on('connected', connected)
  sub.on('disconnected', ({ reason }) => ended(reason))
  // Setup:
  if (process.env.ITERATE !== '1') return sub.on('notification', handle)
  for await (const note of sub) handle(note)
}
// End of setup.

for (let session = 0; session < SESSIONS; session += 1) {
  watch(Resource.drive(`b!${session}`)).catch(fail)
}
