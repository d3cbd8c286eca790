// Uses an installed drivebell, as a program of a user does. It prints what it has seen, as JSON.
//
// `make dist-check` runs it with the Node of each platform, with Bun and with Deno. It knows nothing of this
// repository.

import assert from 'node:assert'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { Client, Resource } from 'drivebell'
import { startSimulator } from 'drivebell/testing'

// An emulator is slow, and its machine may be busy.
const MILLISECONDS = 240_000
const NAMES = ['one.txt', 'two.txt', 'three.txt']

const require = createRequire(import.meta.url)
const deadline = setTimeout(() => {
  process.stderr.write(`nothing more within ${MILLISECONDS} ms\n`)
  process.exit(1)
}, MILLISECONDS)

async function notifications(simulator, client) {
  const kinds = []
  const subscription = await client.subscribe(Resource.myDrive())
  await simulator.upload(`/${NAMES[0]}`, 'content')
  for await (const note of subscription) {
    kinds.push(note.kind)
    if (kinds.length === NAMES.length) break
    await simulator.upload(`/${NAMES[kinds.length]}`, 'content')
  }
  return kinds
}

async function changes(client) {
  for await (const batch of client.changes(Resource.myDrive(), { since: 'start' })) {
    return batch.items
      .map((item) => item.name)
      .filter((name) => NAMES.includes(name))
      .sort()
  }
}

async function mirror(client, file) {
  const paths = []
  for await (const change of client.mirror(Resource.myDrive(), file)) {
    if (paths.push(change.path) === NAMES.length) break
  }
  return paths.sort()
}

const simulator = await startSimulator({ startTimeout: MILLISECONDS })
const client = simulator.client()
const folder = await mkdtemp(join(tmpdir(), 'drivebell-smoke-'))
const seen = {
  version: require('drivebell/package.json').version,
  notifications: await notifications(simulator, client),
  changes: await changes(client),
  mirror: await mirror(client, join(folder, 'drive.db')),
}
await client.close()
await simulator.close()
await rm(folder, { recursive: true, force: true })
clearTimeout(deadline)
// CommonJS and ES modules are one library.
assert.strictEqual(require('drivebell').Client, Client)
const text = JSON.stringify(seen)
// Node for Windows under wine has no pipe for its output.
if (process.env.SMOKE_OUTPUT) await writeFile(process.env.SMOKE_OUTPUT, text)
else console.log(text)
