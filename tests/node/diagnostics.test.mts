/** What happens is published on the channels of `node:diagnostics_channel`, and logged by NODE_DEBUG. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { after, describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { type ChangesRoundMessage, type GraphRequestMessage, Resource, type SessionMessage } from 'drivebell'
import { catchUp, IDLE } from './support/changes.mjs'
import { runModule } from './support/child.mjs'
import { until } from './support/deadline.mjs'
import { clientOf } from './support/drivebell.mjs'
import { batchesOf } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

/** The messages of a channel from now on. */
function messagesOf<T>(channel: string): { messages: T[]; stop(): void } {
  const messages: T[] = []
  const listener = (message: unknown) => messages.push(message as T)
  subscribe(channel, listener)
  return { messages, stop: () => unsubscribe(channel, listener) }
}

it('a session, its requests and its queries are published', async () => {
  const session = messagesOf<SessionMessage>('drivebell:session')
  const requests = messagesOf<GraphRequestMessage>('drivebell:graph:request')
  const rounds = messagesOf<ChangesRoundMessage>('drivebell:changes:round')
  await using simulator = await Simulator.start('simulator', '--seed', 'b!me=50', '--page-size', '20')
  await simulator.fault('answer=429,retryAfter=1,on=delta,times=1')
  const client = clientOf(simulator, { label: 'alex' })
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  await catchUp(batchesOf(changes))
  await until(() => rounds.messages.length > 0, 'a round')
  await client.close()
  await until(() => session.messages.some(({ event }) => event === 'closed'), 'the end')
  for (const { stop } of [session, requests, rounds]) stop()

  const [round] = rounds.messages
  assert(round)
  const { level, message, time, resource, label, trigger } = round
  assert.deepEqual(
    { level, message, resource, label, trigger },
    {
      level: 'debug',
      message: 'delta query',
      resource: '/me/drive/root',
      label: 'alex',
      trigger: 'start',
    },
  )
  assert(round.pages >= 3 && round.items >= 50)
  assert(round.duration > 1000, 'it was throttled for a second')
  assert(Math.abs(Date.now() - time) < 60_000)
  assert.equal(Object.getPrototypeOf(round), Object.prototype)

  const throttled = requests.messages.find(({ status }) => status === 429)
  assert(throttled)
  assert.deepEqual([throttled.level, throttled.retryAfter, throttled.errorKind], ['warn', 1000, 'throttled'])
  assert.equal(throttled.helpUrl, 'https://drivebell.github.io/drivebell/errors/throttled/')
  const answered = requests.messages.find(({ status }) => status === 200)
  assert(answered)
  assert.deepEqual([answered.method, answered.host, answered.label], ['GET', '127.0.0.1', 'alex'])
  assert.match(answered.path, /^\/v1\.0\/me\/drive/)
  assert(answered.clientRequestId && answered.requestId && answered.bytes)
  assert(answered.duration > 0)

  assert.deepEqual(
    session.messages.map(({ event, label }) => [event, label]),
    ['started', 'connected', 'closed'].map((event) => [event, 'alex']),
  )
  assert(!JSON.stringify([session, requests, rounds]).includes(TOKEN))
})

it('a subscriber that comes later gets what follows, and one that leaves nothing more', async () => {
  await using simulator = await Simulator.start('simulator')
  await using client = clientOf(simulator)
  await client.endpoint(DRIVE)
  const requests = messagesOf<GraphRequestMessage>('drivebell:graph:request')
  await client.endpoint(DRIVE)
  await until(() => requests.messages.length === 1, 'a message')
  requests.stop()
  await client.endpoint(DRIVE)
  await client.endpoint(DRIVE)
  assert.equal(requests.messages.length, 1)
})

it('the core notices a subscriber although the program makes no call', async () => {
  await using simulator = await Simulator.start('simulator')
  await using client = clientOf(simulator)
  await using sub = await client.subscribe(DRIVE)
  const session = messagesOf<SessionMessage>('drivebell:session')
  after(() => session.stop())
  await until(async () => {
    if ((await simulator.connected()) > 0) await simulator.end('cut')
    return session.messages.length > 0
  }, 'a message')
  assert.equal(sub.state === 'closed', false)
})

it('each thread has its own channels', async () => {
  await using simulator = await Simulator.start('simulator')
  const source = `
    const { subscribe } = require('node:diagnostics_channel')
    const { parentPort, workerData } = require('node:worker_threads')
    const { Client, Resource } = require('drivebell')
    subscribe('drivebell:graph:request', ({ status }) => parentPort.postMessage(status))
    const client = new Client(workerData)
    client.endpoint(Resource.myDrive()).then(() => client.close())
  `
  const statuses: unknown[] = []
  const worker = new Worker(source, { eval: true, workerData: { credential: TOKEN, baseUrl: simulator.baseUrl } })
  worker.on('message', (status) => statuses.push(status))
  await new Promise((resolve) => worker.on('exit', resolve))
  assert.deepEqual(statuses, [200])
  // The channels of a thread that has ended are no obstacle.
  await using client = clientOf(simulator)
  await client.endpoint(DRIVE)
})

describe('a program', () => {
  const program = `
    import { Client, Resource } from 'drivebell'
    const client = new Client({ credential: process.env.TOKEN, baseUrl: process.env.URL, label: 'alex' })
    await client.endpoint(Resource.myDrive())
    await client.close()
  `

  it('exits although a channel has a subscriber', async () => {
    await using simulator = await Simulator.start('simulator')
    const watching = `
      import { subscribe } from 'node:diagnostics_channel'
      subscribe('drivebell:graph:request', ({ status }) => console.log(status))
    `
    const { code, stdout } = await runModule(watching + program, { TOKEN, URL: simulator.baseUrl })
    assert.deepEqual([code, stdout], [0, '200\n'])
  })

  it('logs the same fields with NODE_DEBUG', async () => {
    await using simulator = await Simulator.start('simulator')
    const env = { TOKEN, URL: simulator.baseUrl, NODE_DEBUG: 'drivebell' }
    const { code, stdout, stderr } = await runModule(program, env)
    assert.deepEqual([code, stdout], [0, ''])
    for (const field of [
      'method="GET"',
      'status=200',
      'label="alex"',
      'duration=',
      'request_id=',
      'host="127.0.0.1"',
    ]) {
      assert(stderr.includes(field), `${field} is not in: ${stderr}`)
    }
    assert(!stderr.includes(TOKEN))
  })
})
