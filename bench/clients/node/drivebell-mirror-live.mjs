// Follows a mirror, and reports when each change came; with `EXPAND=1` also the changes of what is in a folder.
import { Client, Resource } from 'drivebell'
import { print } from './report.mjs'

const expand = process.env.EXPAND === '1'
const now = () => Number(process.hrtime.bigint())

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
const mirror = client.mirror(Resource.myDrive(), process.env.FILE, { initial: 'silent', expand })
await mirror.ready()
print({ event: 'ready' })
// Of the changes of what is in a folder: how many are still to come, and how many there are.
let left = 0
let inside = 0
for await (const { kind, path, descendants, inherited } of mirror) {
  if (inherited) {
    left -= 1
    if (left === 0) print({ event: 'expanded', at_ns: now(), changes: inside })
  } else {
    const at_ns = now()
    left = inside = expand ? descendants : 0
    print({ event: 'change', at_ns, kind, path, descendants })
  }
}
