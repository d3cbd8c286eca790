/** How `client.mirror` and `client.mirrorAll` end, and what keeps a process alive. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { it } from 'node:test'
import type { Client, Mirror, MirrorSet } from 'drivebell'
import { IDLE } from './support/changes.mjs'
import { runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { brief, DRIVE, mirrorOf, nextOf, Scratch, start } from './support/drive-mirror.mjs'
import { assertAborted, clientOf, thrownBy } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

const KINDS: Record<string, (client: Client, file: string, signal: AbortSignal) => Mirror | MirrorSet> = {
  mirror: (client, file, signal) => client.mirror(DRIVE, file, { ...IDLE, signal }),
  mirrorAll: (client, file, signal) => client.mirrorAll([DRIVE], file, { ...IDLE, signal }),
}

for (const [method, make] of Object.entries(KINDS)) {
  for (const what of ['close()', 'the signal', 'the client', 'the loop', 'the end of a block'] as const) {
    it(`${method} ends by ${what}, and leaves nothing open`, async () => {
      await using scratch = await Scratch.make()
      await using simulator = await start()
      const client = clientOf(simulator)
      const controller = new AbortController()
      const mirror = make(client, scratch.file(), controller.signal)
      const changes: AsyncIterator<object, undefined> = mirror[Symbol.asyncIterator]()
      const events = mirror.events()
      await mirror.ready()
      await upload(simulator, 'a.txt')
      await nextOf(changes)
      assert.ok(process.platform !== 'linux' || openFiles(scratch).length > 0)
      assert.equal(thrownBy(() => mirror[Symbol.asyncIterator]()).code, 'ERR_DRIVEBELL_STATE')
      assert.equal(thrownBy(() => mirror.batches()).code, 'ERR_DRIVEBELL_STATE')
      const waiting = [changes.next(), changes.next()]
      if (what === 'close()') await mirror.close()
      else if (what === 'the signal') controller.abort()
      else if (what === 'the client') await client.close()
      else if (what === 'the loop') await changes.return?.()
      else await mirror[Symbol.asyncDispose]()
      if (what === 'the signal') await assertAborted(waiting.shift(), controller.signal.reason)
      for (const next of waiting) assert.equal((await within(next, 'the end')).done, true)
      await within(mirror.close(), 'closed')
      while (!(await within(events.next(), 'the end of the events')).done);
      await until(async () => (await simulator.connected()) === 0, 'the goodbye')
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      assert.deepEqual(openFiles(scratch), [])
      assert.ok(!existsSync(`${scratch.file()}-wal`), 'one file is left')
      await client.close()
    })
  }
}

it('a mirror that failed throws once, and its file can be mirrored again', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using stranger = clientOf(simulator, { credential: 'another-token' })
  for (const _ of [1, 2]) {
    const failing = async () => {
      for await (const change of mirrorOf(stranger, scratch)) throw new Error(brief(change))
    }
    await assert.rejects(within(failing(), 'the failure'), { code: 'ERR_DRIVEBELL_AUTHENTICATION' })
  }
})

/** The files that this process has open in the folder. Closing one later would end locks of another mirror of it. */
function openFiles(scratch: Scratch): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`)
      return file.startsWith(scratch.path) ? [file] : []
    } catch {
      return []
    }
  })
}

function run(simulator: Simulator, scratch: Scratch, source: string) {
  return runModule(
    `import { Client, Resource } from 'drivebell'
     const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
     const mirror = client.mirror(Resource.myDrive(), ${JSON.stringify(scratch.file())})
     ${source}`,
    {},
  )
}

it('a mirror keeps the process alive while a loop waits, and not after it was left', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, 'a.txt')
  const left = await run(simulator, scratch, 'for await (const { path } of mirror) { console.log(path); break }')
  assert.deepEqual(left, { code: 0, signal: null, stdout: '/a.txt\n', stderr: '' })
  const read = await run(simulator, scratch, 'await mirror.ready(); console.log([...mirror.walk()][0][0])')
  assert.deepEqual([read.code, read.stdout], [0, '/a.txt\n'])
  const began = await run(simulator, scratch, 'const changes = mirror[Symbol.asyncIterator](); await changes.next()')
  assert.equal(began.code, 0)
  const waits = await run(
    simulator,
    scratch,
    'setTimeout(() => process.exit(7), 500).unref(); for await (const change of mirror);',
  )
  assert.equal(waits.code, 7)
})
