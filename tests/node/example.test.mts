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
import { pathsOf, relocate } from './support/drive-mirror.mjs'
import { change, upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const FOLDER = fileURLToPath(new URL('../../../examples/node', import.meta.url))

function run(simulator: Simulator, ...args: string[]): ChildProcess {
  if (!existsSync(join(FOLDER, 'node_modules'))) throw new Error(`run \`npm ci\` in ${FOLDER}`)
  return spawn(process.execPath, [join(FOLDER, 'search-index.mjs'), ...args], {
    env: { ...process.env, GRAPH_URL: simulator.baseUrl, GRAPH_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 180_000,
    killSignal: 'SIGKILL',
  })
}

/** Runs the example until it reports `items` files, and kills it then. */
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
      if (value === `indexed: ${items} files`) return
    }
  }
  try {
    await within(reach(), `${items} items`)
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
    const files = [...(await pathsOf(simulator)).keys()].filter((path) => path.endsWith('.txt')).length
    await follow(simulator, file, files + 1, () => upload(simulator, 'reports/budget-draft.txt'))
    assert.deepEqual(await search('budget'), ['/reports/budget-draft.txt'])

    await change(simulator, 'DELETE', '/root:/reports/budget-draft.txt:', {})
    await upload(simulator, 'budget-final.txt')
    await relocate(simulator, '/budget-final.txt', '/reports/budget-signed.txt')
    await upload(simulator, 'holidays.txt')
    await relocate(simulator, '/reports', '/archive')
    await follow(simulator, file, files + 2)
    assert.deepEqual(await search('budget'), ['/archive/budget-signed.txt'])
    assert.deepEqual(await search('archive'), ['/archive/budget-signed.txt'])

    // Graph expires the delta link. The only sign of a deletion is then that the new enumeration lacks the item.
    await change(simulator, 'DELETE', '/root:/archive:', {})
    await simulator.fault({ action: { answer: { status: 410 } }, on: 'delta', times: 1 })
    await follow(simulator, file, files + 1)
    assert.deepEqual(await search('budget'), [])
    assert.deepEqual(await search('holi'), ['/holidays.txt'])
    // The kill leaves the files of SQLite beside that of the mirror.
    const names = (await readdir(folder)).filter((name) => !name.startsWith('index.json.db'))
    assert.deepEqual(names, ['index.json'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
