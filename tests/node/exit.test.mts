import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type Ended, runModule } from './support/child.mjs'
import { until } from './support/deadline.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

/** What every module below begins with. */
const PRELUDE = `
  import { Client, Resource } from 'drivebell'
  const { URL_OF_SIMULATOR: baseUrl, TOKEN: credential } = process.env
  const quick = { retryMin: 10, retryMax: 50 }
  const client = new Client({ credential, baseUrl, ...quick })
  const notify = (count) => fetch(baseUrl + '/_simulator/notify?drive=b!me&count=' + count, { method: 'POST' })
`

/** What follows where the session is to end as soon as its connection does. */
const MORTAL = `
  let signedOut = false
  const credentialOnce = () => {
    if (signedOut) throw new Error('signed out')
    signedOut = true
    return credential
  }
  const mortal = new Client({ credential: credentialOnce, baseUrl, refusalTimeout: 0, ...quick })
`

eachService('a process', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  function run(source: string): Promise<Ended> {
    return runModule(PRELUDE + source, { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN })
  }

  async function exits(source: string, stdout: string): Promise<void> {
    const ended = await run(source)
    assert.deepEqual(ended, { code: 0, signal: null, stdout, stderr: '' })
  }

  it('exits by itself after a loop, break and close', () =>
    exits(
      `const sub = await client.subscribe(Resource.myDrive())
       await notify(3)
       for await (const note of sub) { console.log(note.kind); break }
       await sub.close()
       console.log('end')`,
      'changed\nend\n',
    ))

  it('exits by itself after a set is closed, or without holding it', () =>
    exits(
      `const held = client.subscribeAll([Resource.myDrive(), Resource.drive('b!team')])
       for await (const note of held) { console.log(note.kind); break }
       await held.close()
       client.subscribeAll([Resource.myDrive()]).unref()
       console.log('end')`,
      'resync\nend\n',
    ))

  it('exits by itself after handlers and close', () =>
    exits(
      `const sub = await client.subscribe(Resource.myDrive())
       sub.on('notification', (note) => { console.log(note.kind); sub.close() })
       sub.on('close', () => console.log('close'))
       await notify(1)`,
      'changed\nclose\n',
    ))

  it('exits by itself after the client is closed, without waiting', () =>
    exits(
      `await client.subscribe(Resource.myDrive())
       await client.subscribe(Resource.drive('b!team'))
       await client.endpoint(Resource.myDrive())
       client.close()`,
      '',
    ))

  it('exits by itself with a client that is not closed', () =>
    exits(
      `const other = new Client({ credential: async () => credential, baseUrl })
       await other.endpoint(Resource.myDrive())
       await client.endpoint(Resource.myDrive())
       console.log('end')`,
      'end\n',
    ))

  it('exits by itself when the session has failed', async () => {
    await using mortal = await start()
    const ended = runModule(
      `${PRELUDE + MORTAL}
       const sub = await mortal.subscribe(Resource.myDrive())
       sub.on('notification', () => {}).on('error', (error) => console.log(error.code))
       sub.on('connected', () => console.log('connected'))`,
      { URL_OF_SIMULATOR: mortal.baseUrl, TOKEN },
    )
    await until(async () => (await mortal.connected()) > 0, 'the subscription')
    await mortal.kill()
    const { code, stdout, stderr } = await ended
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /ERR_DRIVEBELL_AUTHENTICATION\n$/)
  })

  it('is kept alive by a session that has lost its service, until that is back', async () => {
    await using mortal = await start()
    const ended = runModule(
      `${PRELUDE}
       const sub = await client.subscribe(Resource.myDrive())
       sub.on('unavailable', () => {}).on('notification', (note) => { console.log(note.kind); sub.close() })`,
      { URL_OF_SIMULATOR: mortal.baseUrl, TOKEN },
    )
    await until(async () => (await mortal.connected()) > 0, 'the subscription')
    await mortal.kill()
    await mortal.restart()
    assert.deepEqual(await ended, { code: 0, signal: null, stdout: 'resync\n', stderr: '' })
  })

  it('is kept alive by a live session', async () => {
    const ended = await run(
      `await client.subscribe(Resource.myDrive())
       const timer = setTimeout(() => { console.log('still here'); process.exit(7) }, 300).unref()`,
    )
    assert.deepEqual(ended, { code: 7, signal: null, stdout: 'still here\n', stderr: '' })
  })

  it('is not kept alive after unref(), and again after ref()', async () => {
    await exits(
      `const sub = await client.subscribe(Resource.myDrive())
       sub.on('notification', () => {})
       sub.unref().ref().unref()
       console.log('end')`,
      'end\n',
    )
    const ended = await run(
      `const sub = await client.subscribe(Resource.myDrive())
       sub.unref().ref()
       setTimeout(() => process.exit(7), 300).unref()`,
    )
    assert.equal(ended.code, 7)
  })

  it('is kept alive by the last session that holds it, and by no other', async () => {
    const three = `const [one, two, three] = await Promise.all([1, 2, 3].map(() => client.subscribe(Resource.myDrive())))
       for (const sub of [one, two, three]) sub.on('notification', () => {})`
    await exits(
      `${three}
       one.unref().unref()
       three.unref()
       await two.close()
       three.ref()
       await three.close()
       // Neither counts any more.
       two.ref()
       three.ref().unref()
       console.log('end')`,
      'end\n',
    )
    const ended = await run(
      `${three}
       one.unref().unref()
       two.unref()
       await two.close()
       setTimeout(() => process.exit(7), 300).unref()`,
    )
    assert.equal(ended.code, 7)
  })

  it('hears the others while sessions end, and while a handler throws', () =>
    exits(
      `const subs = await Promise.all(Array.from({ length: 8 }, () => client.subscribe(Resource.myDrive())))
       const heard = new Set()
       process.on('uncaughtException', () => {})
       for (const sub of subs) {
         sub.on('notification', () => {
           heard.add(sub)
           if (heard.size === subs.length) for (const one of subs) one.close()
           throw new Error('of a user')
         })
       }
       await notify(1)
       await Promise.all(subs.map((sub) => sub.closed))
       console.log(heard.size)`,
      '8\n',
    ))

  it('waits for the goodbye of a session that was unref()ed', () =>
    exits(
      `const sub = await client.subscribe(Resource.myDrive())
       sub.unref()
       await sub.close()
       console.log('end')`,
      'end\n',
    ))

  it('may leave with open sessions and calls under way', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ended = await run(
        `const stuck = new Client({ credential: () => new Promise(() => {}), baseUrl })
         stuck.endpoint(Resource.myDrive()).catch(() => {})
         const subs = await Promise.all(Array.from({ length: 5 }, () => client.subscribe(Resource.myDrive())))
         subs[0].on('notification', () => {})
         subs[1][Symbol.asyncIterator]().next()
         notify(1000)
         client.subscribe(Resource.myDrive())
         setTimeout(() => process.exit(3), ${round * 5})`,
      )
      assert.deepEqual(ended, { code: 3, signal: null, stdout: '', stderr: '' })
    }
  })

  it('ends with an uncaught exception when a session fails and nobody listens', async () => {
    await using mortal = await start()
    const ended = runModule(
      `${PRELUDE + MORTAL}
       const sub = await mortal.subscribe(Resource.myDrive())
       sub.on('notification', () => {})`,
      { URL_OF_SIMULATOR: mortal.baseUrl, TOKEN },
    )
    await until(async () => (await mortal.connected()) > 0, 'the subscription')
    await mortal.kill()
    const { code, stderr } = await ended
    assert.equal(code, 1)
    assert.match(stderr, /DrivebellError: the credential could not give a token/)
  })

  it('hears nothing of a rejected `closed` that nobody looks at', async () => {
    await using mortal = await start()
    const ended = runModule(
      `${PRELUDE + MORTAL}
       const sub = await mortal.subscribe(Resource.myDrive())
       for await (const event of sub.events()) { if (event.type === 'disconnected') break }
       console.log('end')`,
      { URL_OF_SIMULATOR: mortal.baseUrl, TOKEN },
    )
    await until(async () => (await mortal.connected()) > 0, 'the subscription')
    await mortal.kill()
    assert.deepEqual(await ended, { code: 0, signal: null, stdout: 'end\n', stderr: '' })
  })

  it('may use worker threads, and terminate them with open sessions', () =>
    exits(
      `import { Worker } from 'node:worker_threads'
       const source = \`
         const { parentPort } = require('node:worker_threads')
         const { Client, Resource } = require('drivebell')
         const client = new Client({ credential: async () => process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
         const stuck = new Client({ credential: () => new Promise(() => {}), baseUrl: process.env.URL_OF_SIMULATOR })
         stuck.endpoint(Resource.myDrive()).catch(() => {})
         client.subscribe(Resource.myDrive()).then(async (sub) => {
           client.subscribe(Resource.myDrive()).then((other) => other.on('notification', () => {}))
           parentPort.postMessage('live')
           for await (const note of sub) parentPort.postMessage(note.kind)
         })\`
       for (let round = 0; round < 5; round += 1) {
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

  it('hears its sessions while those of a worker thread ring and their thread ends', () =>
    exits(
      `import { Worker } from 'node:worker_threads'
       const source = \`
         const { parentPort } = require('node:worker_threads')
         const { Client, Resource } = require('drivebell')
         const client = new Client({ credential: process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
         const subs = Array.from({ length: 20 }, () => client.subscribe(Resource.myDrive()))
         Promise.all(subs).then((subs) => {
           for (const sub of subs) sub.on('notification', () => parentPort.postMessage('rung'))
           parentPort.postMessage('live')
         })\`
       const sub = await client.subscribe(Resource.myDrive())
       const notes = sub[Symbol.asyncIterator]()
       for (let round = 0; round < 5; round += 1) {
         const worker = new Worker(source, { eval: true, execArgv: [] })
         await new Promise((resolve, reject) => {
           worker.on('error', reject)
           worker.on('message', (message) => message === 'rung' ? resolve() : notify(1))
         })
         const notified = notify(100)
         await Promise.all([worker.terminate(), notified])
         let told = 0
         while (told < 101) told += 1 + (await notes.next()).value.coalesced
       }
       await client.close()
       console.log('end')`,
      'end\n',
    ))

  it('may end a worker thread by closing', () =>
    exits(
      `import { Worker } from 'node:worker_threads'
       const worker = new Worker(\`
         const { Client, Resource } = require('drivebell')
         const client = new Client({ credential: process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
         client.subscribe(Resource.myDrive()).then((sub) => sub.close())\`, { eval: true, execArgv: [] })
       worker.on('exit', (code) => console.log('exit', code))`,
      'exit 0\n',
    ))
})
