import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, once } from 'node:events'
import { after, afterEach, before, beforeEach, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, Resource } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, signOutClientOf, thrownBy } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

eachService('handlers', (start) => {
  let simulator: Simulator
  let client: Client

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())
  beforeEach(() => {
    client = clientOf(simulator)
  })
  afterEach(() => client.close())

  it('receive 1,000 of 1,000', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    let received = 0
    sub.on('notification', (note) => {
      received += 1 + note.coalesced
    })
    await simulator.notify(1_000)
    await until(() => received >= 1_000, '1,000 notifications')
    assert.equal(received, 1_000)
  })

  it('receive everything in order, and close at the end', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const events: string[] = []
    const closed = once(sub, 'close')
    sub
      .on('notification', (note) => events.push(note.type))
      .on('connected', (event) => events.push(event.type))
      .on('close', () => events.push('close'))
    await simulator.notify(2)
    await until(() => events.length === 3, 'three events')
    await sub.close()
    await within(closed, 'close')
    assert.deepEqual(events, ['connected', 'notification', 'notification', 'close'])
    assert(sub instanceof EventEmitter)
  })

  it('receive error and then close when the session fails', async () => {
    await using simulator = await start()
    const { client, signOut, reason } = signOutClientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    const events: string[] = []
    let received: unknown
    sub.on('notification', () => {})
    sub.on('disconnected', (event) => events.push(event.type))
    sub.on('unavailable', (event) => events.push(event.type))
    sub.on('error', (error) => {
      events.push('error')
      received = error
    })
    sub.on('close', () => events.push('close'))
    signOut()
    await simulator.kill()
    const error = await failure(within(sub.closed, 'the end'))
    await until(() => events.includes('close'), 'close')
    assert.deepEqual(events, ['disconnected', 'unavailable', 'error', 'close'])
    assert.equal(received, error)
    assert.equal(error.cause, reason)
  })

  it('leave the notifications that arrive after the last one was removed', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const [first] = await Promise.all([once(sub, 'notification'), simulator.notify(3)])
    assert.equal(first[0].type, 'notification')
    let received = 0
    for await (const note of sub) {
      received += 1 + note.coalesced
      if (received === 2) break
    }
    assert.equal(received, 2)
  })

  it('that are async emit their rejection as an error event, and the session continues', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const reason = new RangeError('mine')
    let received = 0
    sub.on('notification', async () => {
      received += 1
      if (received === 1) throw reason
    })
    const errors: unknown[] = []
    sub.on('error', (error) => errors.push(error))
    await simulator.notify(3)
    await until(() => received === 3 && errors.length === 1, 'three notifications and an error')
    assert.deepEqual(errors, [reason])
  })

  it('that are async run one after the other, in order', async () => {
    const small = clientOf(simulator, { mailboxCapacity: 10 })
    const sub = await small.subscribe(Resource.myDrive())
    let [running, most, received] = [0, 0, 0]
    sub.on('notification', async (note) => {
      running += 1
      most = Math.max(most, running)
      await delay(1)
      received += 1 + note.coalesced
      running -= 1
    })
    await simulator.notify(500)
    await until(() => received === 500, 'all of them')
    assert.equal(most, 1)
    // They wait in the mailbox, which is bounded.
    assert(sub.stats().coalesced > 0)
    // One that waits for the end does not keep it from coming.
    const closed = once(sub, 'close')
    sub.once('notification', () => sub.close())
    await simulator.notify()
    await within(closed, 'close')
    await small.close()
  })

  it('have the AsyncLocalStorage of the call that subscribed, and credentials that of the client', async () => {
    const storage = new AsyncLocalStorage<string>()
    const stores: Record<string, unknown> = {}
    const own = storage.run('client', () =>
      clientOf(simulator, {
        credential: () => {
          stores.credential = storage.getStore()
          return TOKEN
        },
      }),
    )
    const sub = await storage.run('subscribe', () => own.subscribe(Resource.myDrive()))
    const received = new Promise<void>((resolve) => {
      sub.on('notification', async () => {
        stores.handler = storage.getStore()
        await delay(1)
        stores.later = storage.getStore()
        resolve()
      })
    })
    await simulator.notify()
    await within(received, 'the notification')
    assert.deepEqual(stores, { credential: 'client', handler: 'subscribe', later: 'subscribe' })
    await own.close()
  })

  it('of error or close alone are told of the end', async () => {
    await using simulator = await start()
    const { client, signOut } = signOutClientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    const other = await client.subscribe(Resource.myDrive())
    await simulator.notify()
    const arrived = () => [sub, other].every((each) => each.stats().notifications === 1)
    await until(arrived, 'the notification')
    const events: unknown[] = []
    sub.on('error', (error) => events.push(error))
    sub.on('close', () => events.push('close'))
    // Not `once`, which listens to errors too.
    const closed = new Promise<void>((resolve) => other.on('close', resolve))
    signOut()
    await simulator.kill()
    const error = await failure(within(sub.closed, 'the end'))
    await until(() => events.length === 2, 'both')
    assert.deepEqual(events, [error, 'close'])
    await within(closed, 'close without a handler of error')
    // What waited is still there for a loop, and handlers are told once.
    const types: string[] = []
    const loop = (async () => {
      for await (const event of sub.events()) types.push(event.type)
    })()
    assert.equal(await failure(loop), error)
    assert(types.includes('notification'))
    assert.equal(events.length, 2)
  })

  it('of an unknown event, or that are not functions, cause an error with the argument', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const methods = ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener'] as const
    for (const method of methods) {
      const add = sub[method].bind(sub) as (event: unknown, handler: unknown) => unknown
      for (const event of ['notifications', '', 7, undefined, Symbol('s')]) {
        const error = thrownBy(() => add(event, () => {}))
        assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
        assert.equal(error.argument, 'event')
      }
      for (const handler of [undefined, null, 'x', {}]) {
        const error = thrownBy(() => add('notification', handler))
        assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
        assert.equal(error.argument, 'handler')
      }
    }
    assert.equal(sub.listenerCount('notification'), 0)
  })

  it('of lifecycle events alone do not consume: events wait for a consumer', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const called: string[] = []
    sub.on('connected', (event) => called.push(event.type))
    await simulator.notify(2)
    const types: string[] = []
    for await (const event of sub.events()) {
      if (types.length === 0) assert.deepEqual(called, [])
      types.push(event.type)
      if (types.length === 3) break
    }
    assert.deepEqual(types, ['connected', 'notification', 'notification'])
    await until(() => called.length === 1, 'the handler during the loop')
  })

  it('of close are called without a consumer, after close()', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.notify(2)
    const closed = once(sub, 'close')
    await sub.close()
    await within(closed, 'close')
  })
})
