import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Resource } from 'drivebell'
import { clientOf, failure } from './support/drivebell.mjs'
import { Simulator } from './support/simulator.mjs'
import { eventsUntil, only, wordsOf, wordsUntilChange } from './support/story.mjs'

/**
 * On the simulator alone: npm socket.io has no Graph that refuses, and does nothing at the end of a URL's life;
 * it sends no packet that is not its own, and cannot be told to refuse a namespace that it has.
 */
describe('a session, on the simulator alone', () => {
  const start = () => Simulator.start('simulator')

  for (const then of ['drop', 'quiet', 'goOn']) {
    it(`renews before its endpoint expires with ${then}, again and again`, async () => {
      await using simulator = await start()
      await simulator.fault({ action: { expire: { ms: 2_000, then } } })
      await using client = clientOf(simulator)
      const sub = await client.subscribe(Resource.myDrive())
      const events = await eventsUntil(sub, 'connected')
      // The first endpoint has expired before the third takes over for good.
      for (let renewal = 0; renewal < 3; renewal += 1) events.push(...(await eventsUntil(sub, 'renewed')))
      assert.deepEqual(wordsOf(events), ['connected', 'renewed', 'renewed', 'renewed'])
      const words = await wordsUntilChange(sub, simulator)
      assert.deepEqual(
        words.filter((word) => word !== 'renewed'),
        ['changed'],
      )
      assert.equal(sub.stats().reconnects, 0)
    })
  }

  it('keeps the pause that Graph asks for', async () => {
    await using simulator = await start()
    await simulator.fault({ action: { answer: { status: 429, retryAfter: 1 } }, on: 'endpoint', times: 1 })
    await using client = clientOf(simulator, { startTimeout: 30_000 })
    const sub = await client.subscribe(Resource.myDrive())
    const events = await eventsUntil(sub, 'connected')
    assert.deepEqual(wordsOf(events), ['unavailable', 'connected'])
    const { error, retryIn } = only(events, 'unavailable')
    assert.equal(error.code, 'ERR_DRIVEBELL_THROTTLED')
    assert.equal(error.retryAfter, 1_000)
    assert.equal(retryIn, 1_000)
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
    assert.equal(await simulator.endpointCalls(), 2)
  })

  it('outlives an endpoint that is not supported for a while', async () => {
    await using simulator = await start()
    await simulator.fault({ action: { answer: { status: 400 } }, on: 'endpoint', times: 3 })
    await using client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
    const events = await eventsUntil(sub, 'resync')
    assert.deepEqual(
      events.map(({ type }) => type),
      ['unavailable', 'unavailable', 'unavailable', 'connected', 'notification'],
    )
    for (const event of events.slice(0, 3)) {
      assert(event.type === 'unavailable')
      assert.equal(event.error.code, 'ERR_DRIVEBELL_GRAPH')
      assert.equal(event.error.status, 400)
      assert.equal(event.error.graphCode, 'notSupported')
    }
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
  })

  for (const [what, action] of [
    ['the namespace', 'refuseNamespace'],
    ['the upgrade', { answer: { status: 503 } }],
  ] as const) {
    it(`asks for another endpoint when ${what} is refused on the way back`, async () => {
      await using simulator = await start()
      await using client = clientOf(simulator)
      const sub = await client.subscribe(Resource.myDrive())
      await eventsUntil(sub, 'connected')
      await simulator.fault({ action, on: 'socket', when: 'next', times: 1 })
      await simulator.end('reset')
      const events = await eventsUntil(sub, 'resync')
      assert.deepEqual(wordsOf(events), ['disconnected', 'unavailable', 'connected', 'resync'])
      assert.equal(only(events, 'disconnected').reason, 'connection_reset')
      only(events, 'unavailable')
      assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
      assert.equal(await simulator.endpointCalls(), 2)
    })
  }

  it('ends when Graph goes on refusing it', async () => {
    await using simulator = await start()
    await using client = clientOf(simulator, { refusalTimeout: 100 })
    const sub = await client.subscribe(Resource.myDrive())
    await eventsUntil(sub, 'connected')
    await simulator.fault({ action: { answer: { status: 403 } } })
    await simulator.end('reset')
    const types: string[] = []
    const error = await failure(
      (async () => {
        for await (const { type } of sub.events()) types.push(type)
      })(),
    )
    assert.equal(error.code, 'ERR_DRIVEBELL_ACCESS_DENIED')
    assert.equal(error.status, 403)
    assert.equal(error.graphCode, 'accessDenied')
    assert.deepEqual([...new Set(types)], ['disconnected', 'unavailable'])
    assert.equal(await failure(sub.closed), error)
    assert.equal(sub.state, 'closed')
  })

  it('takes an event that it cannot read for a gap, and goes on', async () => {
    await using simulator = await start()
    await using client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    await eventsUntil(sub, 'connected')
    await simulator.end({ text: { text: '42/notifications,["notification","{"]' } })
    const events = await eventsUntil(sub, 'resync')
    assert.deepEqual(wordsOf(events), ['resync'])
    assert.equal(only(events, 'notification').payload, undefined)
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
    assert.equal(sub.stats().reconnects, 0)
  })

  it('names the option that a message was too long for', async () => {
    await using simulator = await start()
    await using client = clientOf(simulator, { maxMessageSize: 10_000 })
    const sub = await client.subscribe(Resource.myDrive())
    await eventsUntil(sub, 'connected')
    await simulator.end({ frame: { opcode: 1, size: 20_000 } })
    const events = await eventsUntil(sub, 'resync')
    assert.deepEqual(wordsOf(events), ['disconnected', 'connected', 'resync'])
    const disconnected = only(events, 'disconnected')
    assert.equal(disconnected.reason, 'protocol_error')
    assert.match(disconnected.message, /\(option maxMessageSize\)/)
  })
})
