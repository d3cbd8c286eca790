// The demo's Node part: watches a drive, and prints a line for each of the first notifications.

import { performance } from 'node:perf_hooks'
import { argv, env } from 'node:process'
import { Client, Resource } from 'drivebell'

const client = new Client({ credential: env.GRAPH_TOKEN, baseUrl: env.GRAPH_URL })
const sub = await client.subscribe(Resource.myDrive())
let remaining = Number(argv[2])

sub.on('connected', () => console.log('connected'))
sub.on('notification', (note) => {
  const handledAt = Math.round((performance.timeOrigin + performance.now()) * 1000)
  console.log(note.kind, String(note.resource), note.payload?.subscriptionId, handledAt)
  remaining -= 1
  if (remaining === 0) sub.close()
})
await sub.closed
await client.close()
