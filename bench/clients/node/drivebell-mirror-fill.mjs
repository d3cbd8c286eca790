// Fills a mirror with drivebell, and with `INITIAL=created` reads a change for each item.
import { Client, Resource } from 'drivebell'
import { start } from './enumeration.mjs'

const items = Number(process.env.ITEMS)
const file = process.env.FILE
const initial = process.env.INITIAL
const { enumeration, report } = start()

// Setup:
const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
const mirror = client.mirror(Resource.myDrive(), file, { initial })
if (initial === 'created') {
  let left = items - 1 // The root is no change.
  for await (const changes of mirror.batches()) {
    for (const { kind, path } of changes) enumeration.count(kind.length + path.length)
    left -= changes.length
    if (left === 0) break
  }
} else {
  await mirror.ready()
}
// End of setup.
enumeration.keep(mirror.stats().rows)
report()
await client.close()
