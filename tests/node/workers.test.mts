/** Worker threads that are terminated with something open. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type Mirror, SqliteStore } from 'drivebell'
import { runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { mirrorOf, Scratch, start as startSeeded, take } from './support/drive-mirror.mjs'
import { clientOf } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { upload } from './support/mirror.mjs'
import { COUNT, closed, DRIVES, follow, owns, startDrives } from './support/shared.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

/** Begins every module below. */
const PRELUDE = `
  import { Client, Resource } from 'drivebell'
  const { URL_OF_SIMULATOR: baseUrl, TOKEN: credential } = process.env
  const client = new Client({ credential, baseUrl, retryMin: 10, retryMax: 50 })
  const notify = (count) => fetch(baseUrl + '/_simulator/notify?drive=b!me&count=' + count, { method: 'POST' })
`

eachService('a process', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  async function exits(source: string, stdout: string): Promise<void> {
    const ended = await runModule(PRELUDE + source, { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN })
    assert.deepEqual(ended, { code: 0, signal: null, stdout, stderr: '' })
  }

  it('may use worker threads, and terminate them with open sessions', () =>
    exits(
      `import { Worker } from 'node:worker_threads'
       const source = \`
         const { parentPort } = require('node:worker_threads')
         const { Client, Resource } = require('drivebell')
         const client = new Client({ credential: async () => process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
         const hanging = new Client({ credential: () => new Promise(() => {}), baseUrl: process.env.URL_OF_SIMULATOR })
         hanging.endpoint(Resource.myDrive()).catch(() => {})
         client.subscribe(Resource.myDrive()).then(async (sub) => {
           client.subscribe(Resource.myDrive()).then((other) => other.on('notification', () => {}))
           parentPort.postMessage('live')
           for await (const note of sub) parentPort.postMessage(note.kind)
         })\`
       for (let attempt = 0; attempt < 5; attempt += 1) {
         const workers = [0, 1].map(() => new Worker(source, { eval: true, execArgv: [] }))
         await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
           worker.on('error', reject)
           worker.on('message', (message) => message === 'changed' ? resolve() : notify(100))
         })))
         notify(1000)
         await Promise.all(workers.map((worker) => worker.terminate()))
       }
       const sub = await client.subscribe(Resource.myDrive())
       await notify(1)
       for await (const note of sub) { console.log(note.kind); break }
       await client.close()`,
      'changed\n',
    ))

  it('receives notifications while a worker thread with busy sessions is terminated', () =>
    exits(
      `import { Worker } from 'node:worker_threads'
       const source = \`
         const { parentPort } = require('node:worker_threads')
         const { Client, Resource } = require('drivebell')
         // Two clients: one would wait after its tenth request.
         const options = { credential: process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR }
         const clients = [new Client(options), new Client(options)]
         const subs = Array.from({ length: 20 }, (_, index) => clients[index % 2].subscribe(Resource.myDrive()))
         Promise.all(subs).then((subs) => {
           for (const sub of subs) sub.on('notification', () => parentPort.postMessage('notified'))
           parentPort.postMessage('live')
         })\`
       const sub = await client.subscribe(Resource.myDrive())
       const notes = sub[Symbol.asyncIterator]()
       for (let attempt = 0; attempt < 5; attempt += 1) {
         const worker = new Worker(source, { eval: true, execArgv: [] })
         await new Promise((resolve, reject) => {
           worker.on('error', reject)
           worker.on('message', (message) => message === 'notified' ? resolve() : notify(1))
         })
         const notified = notify(100)
         await Promise.all([worker.terminate(), notified])
         let received = 0
         while (received < 101) received += 1 + (await notes.next()).value.coalesced
       }
       await client.close()
       console.log('end')`,
      'end\n',
    ))
})

it('a mirror in a worker ends with the worker', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await startSeeded('--seed', 'b!me=20')
  const source = `
    const { parentPort } = require('node:worker_threads')
    const { Client, Resource } = require('drivebell')
    const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
    const mirror = client.mirror(Resource.myDrive(), ${JSON.stringify(scratch.file())})
    const follow = async () => {
      for await (const { sequence } of mirror) parentPort.postMessage(sequence)
    }
    follow()`
  const worker = new Worker(source, { eval: true, execArgv: [], env: process.env, resourceLimits: {} })
  const sequences: number[] = []
  worker.on('message', (sequence: number) => sequences.push(sequence))
  await until(() => sequences.length === 20, 'the changes')
  await within(worker.terminate(), 'the end of the worker')
  await using client = clientOf(simulator)
  let mirror: Mirror | undefined
  await until(() => {
    try {
      mirror = mirrorOf(client, scratch)
      return true
    } catch {
      return false
    }
  }, 'the file is free')
  const changes = (mirror as Mirror)[Symbol.asyncIterator]()
  await upload(simulator, 'new.txt')
  const [next] = await take(changes, 1)
  // The worker has asked for one more than the last.
  assert.deepEqual([next?.path, next?.sequence], ['/new.txt', 21])
})

for (const kind of ['a file', 'its own JavaScript']) {
  it(`drives that a worker shares over ${kind} are free when the worker ends`, async () => {
    await using scratch = await Scratch.make()
    await using simulator = await startDrives()
    const file = scratch.file()
    const map = new URL('./support/map-store.mjs', import.meta.url)
    const source = `
      const { parentPort } = require('node:worker_threads')
      const { Client, Resource, SqliteStore } = require('drivebell')
      const follow = async () => {
        const { MapStore } = await import('${map}')
        const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
        const store = ${kind === 'a file' ? `new SqliteStore(${JSON.stringify(file)})` : 'new MapStore()'}
        const drives = ${JSON.stringify(DRIVES)}.map((drive) => Resource.parse(drive))
        const changes = client.changesShared(drives, store, { since: 'start', leaseTime: 500 })
        for await (const { resource } of changes) parentPort.postMessage(String(resource))
      }
      follow()`
    const worker = new Worker(source, { eval: true, execArgv: [], env: process.env })
    const followed = new Set<string>()
    worker.on('message', (drive: string) => followed.add(drive))
    await until(() => followed.size === COUNT, 'all drives')
    await within(worker.terminate(), 'the end of the worker')
    // Its sockets are closed, and so is everything else that it had.
    await until(async () => (await simulator.connected()) === 0, 'no socket is left')
    await using client = clientOf(simulator)
    const loop = follow(client, new SqliteStore(file), {})
    await owns(loop.changes, COUNT)
    await closed(loop)
  })
}
