/** `drivebell/testing`: the simulator in the hands of users. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Client, DrivebellError, Resource, type SubscriptionEvent } from 'drivebell'
import {
  type FaultAction,
  type FaultTarget,
  type Item,
  type Session,
  Simulator,
  SimulatorError,
  type SimulatorOptions,
  startSimulator,
} from 'drivebell/testing'
import { until, within } from './support/deadline.mjs'
import { failure, rejection } from './support/drivebell.mjs'

const require = createRequire(import.meta.url)

interface Running {
  simulator: Simulator
  client: Client
  events: AsyncIterator<SubscriptionEvent>
}

/** Runs the case with a subscription that is live. */
async function subscribed(options: SimulatorOptions, body: (running: Running) => Promise<void>): Promise<void> {
  await using simulator = await startSimulator(options)
  const client = simulator.client()
  try {
    const sub = await within(client.subscribe(Resource.myDrive()), 'a subscription')
    const events = sub.events()[Symbol.asyncIterator]()
    await next(events, 'connected')
    await simulator.waitConnected()
    await body({ simulator, client, events })
  } finally {
    await client.close()
  }
}

/** Takes events up to the first one of this type, or of this kind. Returns the types. */
async function next(events: AsyncIterator<SubscriptionEvent>, wanted: string): Promise<string[]> {
  const types: string[] = []
  for (;;) {
    const { value, done } = await within(events.next(), wanted)
    assert(!done)
    types.push(value.type)
    if (value.type === wanted || (value.type === 'notification' && value.kind === wanted)) return types
  }
}

describe('the simulator', () => {
  it('announces edits, which can be seen', async () => {
    await subscribed({}, async ({ simulator, events }) => {
      const file: Item = await simulator.upload('/a/b c.txt', 'four')
      const { id } = file
      assert.deepEqual(file, { id, name: 'b c.txt', path: '/a/b c.txt', size: 4, folder: false })
      await simulator.createFolder('/d/e')
      assert.equal((await simulator.move('/a/b c.txt', '/d/e/f')).id, id)
      const renamed = await simulator.rename('/d/e/f', 'ü&#+%.txt')
      assert.deepEqual(await simulator.children('/d/e'), [renamed])
      assert.equal((await simulator.delete('/d')).folder, true)
      await simulator.notify(2)
      for (let count = 0; count < 7; count++) await next(events, 'changed')
      assert.deepEqual(
        (await simulator.children()).map(({ path }) => path),
        ['/a'],
      )
      const numbers = (await simulator.events()).map(({ number }) => number)
      assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7])
      const [session] = (await simulator.sessions()) as [Session]
      assert.equal(session.drive, 'b!me')
      const lifetime = session.expiresAt.getTime() - session.joinedAt.getTime()
      assert(lifetime > 3_000_000 && lifetime <= 3_600_000)
    })
  })

  it('serves any drive, with a token that never expires', async () => {
    await using simulator = await startSimulator({ token: 'mine', options: ['--drive', 'b!mine'] })
    await simulator.upload('/x', new Uint8Array([0, 255]), { drive: 'b!mine' })
    const response = await fetch(`${simulator.baseUrl}/v1.0/drives/b!mine/root:/x:/content`, {
      headers: { authorization: `Bearer ${simulator.token}` },
    })
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), new Uint8Array([0, 255]))
  })

  it('lets an hour pass at once', async () => {
    await subscribed({}, async ({ simulator, events }) => {
      assert.equal((await simulator.requests('/token')).length, 1)
      await simulator.advance(30 * 60_000)
      assert.equal(await simulator.connected(), 1)
      await simulator.advance(30 * 60_000)
      assert((await next(events, 'resync')).includes('disconnected'))
      // The token had expired too: Graph refused it, and the client asked for another one.
      assert.equal((await simulator.requests('/token')).length, 2)
      await simulator.upload('/later')
      await next(events, 'changed')
    })
  })

  it('lets endpoints expire without a word', async () => {
    await subscribed({}, async ({ simulator }) => {
      assert.equal(await simulator.expireEndpoints('drop', { drive: 'b!team' }), 0)
      assert.equal(await simulator.expireEndpoints('quiet'), 1)
      await simulator.upload('/unheard')
      assert.deepEqual(await simulator.events(), [])
      assert.equal(await simulator.connected(), 1)
    })
  })

  it('is renewed at by the time of the client', async () => {
    await subscribed({ options: ['--lifetime', '2'] }, async ({ events }) => {
      assert.deepEqual(await next(events, 'renewed'), ['renewed'])
    })
  })

  it('fails until a fault is released', async () => {
    await subscribed({}, async ({ simulator, client, events }) => {
      {
        await using outage = await simulator.fault('answer', { status: 503, on: 'all' })
        assert.equal(outage.acted, 0)
        assert.equal((await simulator.fault('reset', { when: 'now', on: 'socket' })).acted, 1)
        await next(events, 'unavailable')
        await outage.release()
      }
      await next(events, 'resync')
      await simulator.fault('answer', { status: 429, retryAfter: 1, on: 'graph', times: 1 })
      await simulator.releaseFaults()
      await client.endpoint(Resource.myDrive())
    })
  })

  it('refuses users as the identity service does', async () => {
    await using simulator = await startSimulator()
    const client = simulator.client({ retryTimeout: 0 })
    const refusal = await simulator.fault('answer', { status: 400, code: 'invalid_grant', on: 'token' })
    const refused = await failure(client.endpoint(Resource.myDrive()))
    assert.deepEqual([refused.code, refused.retryable], ['ERR_DRIVEBELL_AUTHENTICATION', false])
    await refusal.release()
    await simulator.fault('answer', { status: 503, on: 'identity' })
    const away = await failure(client.endpoint(Resource.myDrive()))
    assert.deepEqual([away.code, away.retryable], ['ERR_DRIVEBELL_AUTHENTICATION', true])
    await client.close()
  })
})

/** The type has these names, and no others. */
const ACTIONS: Record<FaultAction, true> = {
  answer: true,
  close: true,
  cut: true,
  delay: true,
  disconnect: true,
  engineClose: true,
  expire: true,
  frame: true,
  hold: true,
  ignoreJoin: true,
  inject: true,
  recreate: true,
  refuseNamespace: true,
  reset: true,
  serverDisconnect: true,
  silence: true,
  split: true,
  text: true,
}
const TARGETS: Record<FaultTarget, true> = {
  all: true,
  graph: true,
  endpoint: true,
  delta: true,
  socket: true,
  identity: true,
  devicecode: true,
  token: true,
}

describe('what is wrong', () => {
  it('is not the name of a fault that the simulator knows', async () => {
    await using simulator = await startSimulator()
    for (const [fault, names] of [
      ['explode', ACTIONS],
      ['cut,on=explode', TARGETS],
    ] as const) {
      const response = await fetch(`${simulator.baseUrl}/_simulator/faults`, { method: 'POST', body: fault })
      const { error } = (await response.json()) as { error: string }
      const known = [...(error.split('expected one of ')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)
      assert.deepEqual(known.sort(), Object.keys(names).sort())
    }
    // Each is accepted by name: only fields may be missing.
    for (const action of Object.keys(ACTIONS) as FaultAction[]) {
      const refused = await simulator.fault(action, { on: 'socket' }).then(
        () => undefined,
        (error) => error,
      )
      assert(refused === undefined || refused.argument !== 'action', action)
    }
  })

  it('is refused by name', async () => {
    await using simulator = await startSimulator()
    const fault = simulator.fault.bind(simulator) as (action: string, fields?: object) => Promise<unknown>
    for (const [argument, call] of [
      ['action', () => fault('explode')],
      ['action', () => fault('toString')],
      ['on', () => fault('cut', { on: 'sockets' })],
      ['times', () => fault('cut', { times: 0 })],
      ['action.delay', () => fault('delay')],
      ['action.answer.retries', () => fault('answer', { status: 500, retries: 1 })],
      ['drive', () => fault('cut', { drive: 'none' })],
      ['milliseconds', () => simulator.advance(-1)],
      ['milliseconds', () => simulator.advance(Number.NaN)],
      ['timeout', () => simulator.waitConnected(1, { timeout: -1 })],
      ['name', () => simulator.rename('/a', 'b/c')],
      ['options', () => startSimulator({ options: '--drive x' as unknown as string[] })],
      ['token', () => startSimulator({ token: '' })],
    ] as [string, () => Promise<unknown>][]) {
      const refused = await failure(call())
      assert.deepEqual([refused.code, refused.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', argument], refused.message)
    }
    for (const [text, call] of [
      [/no drive has the id/, () => simulator.upload('/a', '', { drive: 'none' })],
      [/could not be found/, () => simulator.delete('/a')],
      [/The root/, () => simulator.delete('/')],
    ] as [RegExp, () => Promise<unknown>][]) {
      await assert.rejects(call, (error) => error instanceof SimulatorError && text.test(error.message))
    }
  })

  it('is waiting for ever', async () => {
    await using simulator = await startSimulator()
    const late = await failure(simulator.waitConnected(2, { timeout: 20 }))
    assert.equal(late.code, 'ERR_DRIVEBELL_TIMEOUT')
    assert.match(late.message, /^0 sessions are connected instead of 2/)
    assert.match(
      (await failure(simulator.waitRequest('/me', 1, { timeout: 0 }))).message,
      /^0 of 1 requests with '\/me'/,
    )
    const waiting = simulator.waitRequest('/me/drive')
    const client = simulator.client()
    await client.endpoint(Resource.myDrive())
    await client.close()
    assert.deepEqual(
      (await within(waiting, 'the request')).map(({ method }) => method),
      ['GET'],
    )
  })

  it('is told if it does not start', async () => {
    await assert.rejects(startSimulator({ options: ['--nonsense'] }), /did not start: error: .*'--nonsense'/)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = `${(taken.address() as AddressInfo).port}`
    await assert.rejects(startSimulator({ options: ['--port', port] }), /did not start: .*cannot listen/)
    taken.close()
    const named = process.env.DRIVEBELL_SIMULATOR
    try {
      process.env.DRIVEBELL_SIMULATOR = process.execPath
      // Node does not know the options.
      await assert.rejects(startSimulator(), /did not start: .*bad option/s)
      process.env.DRIVEBELL_SIMULATOR = '/none'
      await assert.rejects(startSimulator(), /DRIVEBELL_SIMULATOR names \/none, which is no file/)
    } finally {
      if (named === undefined) delete process.env.DRIVEBELL_SIMULATOR
      else process.env.DRIVEBELL_SIMULATOR = named
    }
  })

  it('is using it after it is closed', async () => {
    const simulator = await Simulator.start()
    await simulator.close()
    await simulator.close()
    const error = await rejection(simulator.upload('/a'))
    assert(error instanceof SimulatorError)
    assert.deepEqual([error.name, error.code], ['SimulatorError', 'ERR_DRIVEBELL_SIMULATOR'])
    assert(!(error instanceof DrivebellError))
  })
})

/** Runs a module where the packages are found. */
function run(source: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

async function lineOf(child: ChildProcess): Promise<string> {
  assert(child.stdout)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return String((await within(lines.next(), 'a line')).value)
}

async function listens(baseUrl: string): Promise<boolean> {
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
  const outcome = new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  const connected = await outcome
  socket.destroy()
  return connected
}

describe('the process', () => {
  const STARTED = `
    import { startSimulator } from 'drivebell/testing'
    const simulator = await startSimulator()
    console.log(simulator.baseUrl)`

  it('ends with a program that forgets to close it, and does not keep it', async () => {
    const child = run(STARTED)
    const exit = once(child, 'exit')
    const baseUrl = await lineOf(child)
    assert.deepEqual(await within(exit, 'the end of the program'), [0, null])
    await until(async () => !(await listens(baseUrl)), 'the end of the simulator')
  })

  it('ends with a program that is killed', async () => {
    const child = run(`${STARTED}\nsetInterval(() => {}, 1000)`)
    const baseUrl = await lineOf(child)
    assert(await listens(baseUrl))
    child.kill('SIGKILL')
    await until(async () => !(await listens(baseUrl)), 'the end of the simulator')
  })

  it('is that of the package drivebell-simulator', async () => {
    const { program } = require('drivebell-simulator') as { program(): string }
    const { version } = require('drivebell-simulator/package.json') as { version: string }
    assert.equal(execFileSync(program(), ['--version']).toString(), `drivebell-simulator ${version}\n`)
    const { peerDependencies } = require('drivebell/package.json') as { peerDependencies: Record<string, string> }
    assert.equal(peerDependencies['drivebell-simulator'], version)
    assert.equal((require('drivebell/package.json') as { version: string }).version, version)
  })

  it('is started by the command too, which passes signals and the exit code on', async () => {
    const { bin } = require('drivebell-simulator/package.json') as { bin: Record<string, string> }
    const folder = fileURLToPath(new URL('.', `file://${require.resolve('drivebell-simulator/package.json')}`))
    const command = (...args: string[]) =>
      spawn(process.execPath, [`${folder}${bin['drivebell-simulator']}`, ...args], {
        stdio: ['pipe', 'pipe', 'ignore'],
      })
    const child = command('--token', 'x')
    const exit = once(child, 'exit')
    const baseUrl = (await lineOf(child)).replace('listening on ', '')
    assert(await listens(baseUrl))
    child.kill('SIGTERM')
    assert.deepEqual(await within(exit, 'the end of the command'), [0, null])
    assert.equal(await listens(baseUrl), false)
    assert.deepEqual(await within(once(command('--nonsense'), 'exit'), 'the end'), [2, null])
  })
})

it('is the same for require and import', () => {
  const required = require('drivebell/testing') as Record<string, unknown>
  assert.deepEqual(Object.keys(required).sort(), ['Simulator', 'SimulatorError', 'startSimulator'])
  assert.equal(required.Simulator, Simulator)
})
