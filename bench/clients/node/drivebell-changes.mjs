// Enumerates the drive with drivebell.
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Resource } from 'drivebell'
import { measure } from './enumeration.mjs'
import { print } from './report.mjs'

const pause = Number(process.env.PAUSE_MS ?? 0)
// Follows later changes, until it is killed.
const follow = process.env.FOLLOW === '1'

await measure(async (enumeration) => {
  // Setup:
  const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
  for await (const { items, caughtUp } of client.changes(Resource.myDrive(), { since: 'start' })) {
    for (const { id, name, size, parentId, modifiedAt } of items) {
      enumeration.add(id, name, size, parentId, modifiedAt)
    }
    if (caughtUp && !follow) break
    // End of setup.
    if (caughtUp) print({ event: 'following' })
    if (pause > 0) await sleep(pause)
  }
})
