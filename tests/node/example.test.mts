/** Runs `examples/node/search-index.mjs`. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from './support/deadline.mjs'
import { change, upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const FOLDER = fileURLToPath(new URL('../../../examples/node', import.meta.url))

function run(simulator: Simulator, ...args: string[]): ChildProcess {
  if (!existsSync(join(FOLDER, 'node_modules'))) throw new Error(`run \`npm ci\` in ${FOLDER}`)
  return spawn(process.execPath, [join(FOLDER, 'search-index.mjs'), ...args], {
    env: { ...process.env, GRAPH_URL: simulator.baseUrl, GRAPH_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
}

/** Runs the example until it reports `items` items, and kills it then. */
async function follow(simulator: Simulator, file: string, items: number, meanwhile?: () => Promise<void>) {
  const child = run(simulator, file)
  assert.ok(child.stdout)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const reach = async () => {
    for (;;) {
      const { done, value } = await lines.next()
      if (done) throw new Error('the example ended')
      await meanwhile?.()
      meanwhile = undefined
      if (value === `up to date: ${items} items`) return
    }
  }
  try {
    await within(reach(), `${items} items`, 30_000)
  } finally {
    child.kill('SIGKILL')
  }
}

it('a search index finds existing files, and none that were deleted while it was stopped', async () => {
  await using simulator = await Simulator.start('simulator', '--seed', 'b!me=300', '--page-size', '50')
  const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
  const file = join(folder, 'index.json')
  const search = async (words: string) => {
    const { stdout } = run(simulator, file, words)
    assert.ok(stdout)
    return (await text(stdout)).trim().split('\n').filter(Boolean).sort()
  }
  try {
    await follow(simulator, file, 302, () => upload(simulator, 'budget-draft.txt'))
    assert.deepEqual(await search('budget'), ['budget-draft.txt'])

    await change(simulator, 'DELETE', '/root:/budget-draft.txt:', {})
    await upload(simulator, 'budget-final.txt')
    await change(simulator, 'PATCH', '/root:/budget-final.txt:', { name: 'budget-signed.txt' })
    await upload(simulator, 'holidays.txt')
    await follow(simulator, file, 303)
    assert.deepEqual(await search('budget'), ['budget-signed.txt'])

    // Graph expires the delta link. The only sign of a deletion is then that the new enumeration lacks the item.
    await change(simulator, 'DELETE', '/root:/budget-signed.txt:', {})
    await simulator.fault({ action: { answer: { status: 410 } }, on: 'delta', times: 1 })
    await follow(simulator, file, 302)
    assert.deepEqual(await search('budget'), [])
    assert.deepEqual(await search('holi'), ['holidays.txt'])
    assert.deepEqual(await readdir(folder), ['index.json'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
