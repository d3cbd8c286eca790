import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type Ended, runModule } from './support/child.mjs'
import { until } from './support/deadline.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

/** Begins every module below. */
const PRELUDE = `
  import { Client, Resource, SignInRequired } from 'drivebell'
  const { URL_OF_SIMULATOR: baseUrl, TOKEN: credential } = process.env
  const quick = { retryMin: 10, retryMax: 50 }
  const client = new Client({ credential, baseUrl, ...quick })
  const notify = (count) => fetch(baseUrl + '/_simulator/notify?drive=b!me&count=' + count, { method: 'POST' })
`

/** A client whose sessions fail once their connection ends: its credential works only once. */
const SIGN_OUT = `
  let signedOut = false
  const credentialOnce = () => {
    if (signedOut) throw new SignInRequired('signed out')
    signedOut = true
    return credential
  }
  const expiring = new Client({ credential: credentialOnce, baseUrl, refusalTimeout: 0, ...quick })
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
    await using simulator = await start()
    const ended = runModule(
      `${PRELUDE + SIGN_OUT}
       const sub = await expiring.subscribe(Resource.myDrive())
       sub.on('notification', () => {}).on('error', (error) => console.log(error.code))
       sub.on('connected', () => console.log('connected'))`,
      { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN },
    )
    await until(async () => (await simulator.connected()) > 0, 'the subscription')
    await simulator.kill()
    const { code, stdout, stderr } = await ended
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, /ERR_DRIVEBELL_AUTHENTICATION\n$/)
  })

  it('stays alive while a session reconnects, until the service is back', async () => {
    await using simulator = await start()
    const ended = runModule(
      `${PRELUDE}
       const sub = await client.subscribe(Resource.myDrive())
       sub.on('unavailable', () => {}).on('notification', (note) => { console.log(note.kind); sub.close() })`,
      { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN },
    )
    await until(async () => (await simulator.connected()) > 0, 'the subscription')
    await simulator.kill()
    await simulator.restart()
    assert.deepEqual(await ended, { code: 0, signal: null, stdout: 'resync\n', stderr: '' })
  })

  it('stays alive while a session is live', async () => {
    const ended = await run(
      `await client.subscribe(Resource.myDrive())
       const timer = setTimeout(() => { console.log('still here'); process.exit(7) }, 300).unref()`,
    )
    assert.deepEqual(ended, { code: 7, signal: null, stdout: 'still here\n', stderr: '' })
  })

  it('exits after unref(), and stays alive after ref()', async () => {
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

  it('stays alive until no session is referenced', async () => {
    const three = `const [one, two, three] = await Promise.all([1, 2, 3].map(() => client.subscribe(Resource.myDrive())))
       for (const sub of [one, two, three]) sub.on('notification', () => {})`
    await exits(
      `${three}
       one.unref().unref()
       three.unref()
       await two.close()
       three.ref()
       await three.close()
       // ref() and unref() of a closed session have no effect.
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

  it('delivers to every session while others end and handlers throw', () =>
    exits(
      `const subs = await Promise.all(Array.from({ length: 8 }, () => client.subscribe(Resource.myDrive())))
       const called = new Set()
       process.on('uncaughtException', () => {})
       for (const sub of subs) {
         sub.on('notification', () => {
           called.add(sub)
           if (called.size === subs.length) for (const one of subs) one.close()
           throw new Error('of a handler')
         })
       }
       await notify(1)
       await Promise.all(subs.map((sub) => sub.closed))
       console.log(called.size)`,
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

  it('may exit with open sessions and pending calls', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const ended = await run(
        `const hanging = new Client({ credential: () => new Promise(() => {}), baseUrl })
         hanging.endpoint(Resource.myDrive()).catch(() => {})
         const subs = await Promise.all(Array.from({ length: 5 }, () => client.subscribe(Resource.myDrive())))
         subs[0].on('notification', () => {})
         subs[1][Symbol.asyncIterator]().next()
         notify(1000)
         client.subscribe(Resource.myDrive())
         setTimeout(() => process.exit(3), ${attempt * 5})`,
      )
      assert.deepEqual(ended, { code: 3, signal: null, stdout: '', stderr: '' })
    }
  })

  it('ends with an uncaught exception when a session without an error handler fails', async () => {
    await using simulator = await start()
    const ended = runModule(
      `${PRELUDE + SIGN_OUT}
       const sub = await expiring.subscribe(Resource.myDrive())
       sub.on('notification', () => {})`,
      { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN },
    )
    await until(async () => (await simulator.connected()) > 0, 'the subscription')
    await simulator.kill()
    const { code, stderr } = await ended
    assert.equal(code, 1)
    assert.match(
      stderr,
      /DrivebellError: the credential refused to give a token; sign in again: SignInRequired: signed out/,
    )
  })

  it('is not ended by a rejected `closed` without a handler', async () => {
    await using simulator = await start()
    const ended = runModule(
      `${PRELUDE + SIGN_OUT}
       const sub = await expiring.subscribe(Resource.myDrive())
       for await (const event of sub.events()) { if (event.type === 'disconnected') break }
       console.log('end')`,
      { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN },
    )
    await until(async () => (await simulator.connected()) > 0, 'the subscription')
    await simulator.kill()
    assert.deepEqual(await ended, { code: 0, signal: null, stdout: 'end\n', stderr: '' })
  })

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
