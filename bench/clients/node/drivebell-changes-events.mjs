// Follows changes with drivebell, and reports its events and its batches.
import { Client, Resource } from 'drivebell'
import { endWithStdin, event } from './report.mjs'

endWithStdin()

// Setup:
const client = new Client({
  credential: process.env.GRAPH_TOKEN,
  baseUrl: process.env.GRAPH_URL,
  maxEndpointAge: 10_000,
})
const changes = client.changes(Resource.myDrive(), { since: 'now', deafAfter: 1000 })

async function watch() {
  for await (const { type, reason } of changes.events()) event(type, reason)
}

async function follow() {
  for await (const { items } of changes) if (items.length > 0) event('notification')
}
// End of setup.

Promise.all([watch(), follow()]).catch((error) => event('ended', error))
