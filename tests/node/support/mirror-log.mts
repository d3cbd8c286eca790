/**
 * Follows a drive until it is killed, and writes each change to a log before it asks for the next one:
 *
 *   node mirror-log.mjs URL FILE LOG changes|batches
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import type { Change } from 'drivebell'
import { DRIVE } from './drive-mirror.mjs'
import { clientOf } from './drivebell.mjs'
import { QUICK } from './mirror.mjs'

const [baseUrl, file, path, how] = process.argv.slice(2) as [string, string, string, string]

// A line that the kill has cut is of a change that is not done.
if (existsSync(path)) truncateSync(path, readFileSync(path).lastIndexOf('\n') + 1)
const log = openSync(path, 'a')

function write(changes: readonly Change[]): void {
  const lines = changes.map(({ sequence, kind, path, oldPath, descendants, item }) =>
    JSON.stringify({ sequence, kind, path, oldPath, descendants, id: item.id }),
  )
  writeSync(log, lines.map((line) => `${line}\n`).join(''))
  fsyncSync(log)
}

// It does not outlive the test.
process.stdin.on('end', () => process.exit()).resume()

const client = clientOf({ baseUrl })
const mirror = client.mirror(DRIVE, file, { ...QUICK, overlap: 1_000 })
process.stdout.write('follows\n')
if (how === 'batches') for await (const changes of mirror.batches()) write(changes)
else for await (const change of mirror) write([change])
closeSync(log)
