// Keeps a table of a drive with drivebell.
import { Client, Resource } from 'drivebell'
import { print } from './report.mjs'
import { SCALE, Table } from './table.mjs'

const table = new Table()
let caughtUpBefore = false
const scaled = { retryMin: 1000 / SCALE, retryMax: 60_000 / SCALE, renewBefore: 120_000 / SCALE }
const options = {
  quietTime: 300 / SCALE,
  maxDelay: 2000 / SCALE,
  lagDelays: [3000, 10_000, 30_000].map((delay) => delay / SCALE),
  overlap: 120_000 / SCALE,
  pollInterval: 60_000 / SCALE,
  deafAfter: 300_000 / SCALE,
  auditInterval: Number(process.env.AUDIT_INTERVAL) * 1000,
}

// Setup:
const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL, ...scaled })
for await (const batch of client.changes(Resource.myDrive(), { since: 'start', ...options })) {
  const { trigger, caughtUp, snapshot: mark } = batch
  for (const { id, deleted, name, parentId: parent, eTag } of batch.items) {
    if (deleted) table.remove(id, trigger)
    else table.put({ id, name, parent, eTag }, { trigger, mark })
  }
  if (caughtUp && mark) table.sweep(mark, trigger)
  // End of setup.
  if (!caughtUpBefore) {
    caughtUpBefore = caughtUp
    print({ event: caughtUp ? 'enumerated' : 'begun' })
  } else if (caughtUp && trigger === 'audit') print({ event: 'audited' })
}
