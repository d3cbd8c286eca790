/**
 * Follows drives with others until it is killed, and writes each batch to a log before it asks for the next one:
 *
 *   node shared-log.mjs URL FILE LOG
 *
 * It prints how many drives it owns, whenever that changes.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { SqliteStore } from 'drivebell'
import { clientOf } from './drivebell.mjs'
import { QUICK } from './mirror.mjs'
import { DRIVES, SOON } from './shared.mjs'

const [baseUrl, file, path] = process.argv.slice(2) as [string, string, string]

// It does not outlive the test. Anything that it is told means to leave in order.
process.stdin.on('end', () => process.exit()).on('data', () => client.close())

const log = openSync(path, 'a')
const client = clientOf({ baseUrl })
const options = { ...SOON, ...QUICK, overlap: 1_000, since: 'start', worker: `pid-${process.pid}` }
const changes = client.changesShared(DRIVES, new SqliteStore(file), options)

let owned = -1
const watch = setInterval(() => {
  const { length } = changes.owned()
  if (length === owned) return
  owned = length
  process.stdout.write(`${owned}\n`)
}, 20)

for await (const { error, resource, items, epoch, sequence } of changes) {
  if (error) throw error
  const states = items.map((item) => [item.id, item.deleted ? null : (item.eTag ?? '')])
  // One write a line: a kill cuts no earlier one.
  writeSync(log, `${JSON.stringify({ drive: `${resource}`.split('/').at(2), epoch, sequence, states })}\n`)
  fsyncSync(log)
}
clearInterval(watch)
closeSync(log)
process.exit()
