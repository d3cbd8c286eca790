import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Resource } from 'drivebell'
import { clientOf, failure } from './support/drivebell.mjs'
import { Simulator } from './support/simulator.mjs'
import { eventsUntil, only, wordsOf, wordsUntilChange } from './support/story.mjs'

/**
 * Only on the simulator. The other server's Graph accepts every request, and its URLs do not expire. npm socket.io
 * sends no malformed packets, and cannot reject a namespace that it serves.
 */
describe('a session, only on the simulator', () => {
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

  it('respects Retry-After of Graph', async () => {
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

  it('survives a temporary 400 notSupported', async () => {
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
    it(`requests another endpoint when ${what} is rejected while it reconnects`, async () => {
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

  it('ends when Graph rejects it for longer than refusalTimeout', async () => {
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

  it('turns an unreadable event into a resync, and continues', async () => {
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

  it('names the option whose limit a message exceeds', async () => {
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
