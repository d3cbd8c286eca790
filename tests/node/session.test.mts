import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type DisconnectReason, Resource } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { assertAborted, clientOf, failure, signOutClientOf } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { TOKEN } from './support/simulator.mjs'
import { eventsUntil, only, wordsOf, wordsUntilChange } from './support/story.mjs'

/** Only the heartbeat notices silence. Its timeout is long, so that a slow machine does not count as silent. */
const HEARTBEAT = ['--ping-interval', '200', '--ping-timeout', '1000']

const GAPS: readonly [action: string, reason: DisconnectReason][] = [
  ['reset', 'connection_reset'],
  ['silence', 'heartbeat_timeout'],
  ['disconnect', 'namespace_disconnect'],
]

eachService('a session', (start) => {
  for (const [action, reason] of GAPS) {
    it(`reconnects after ${reason}, and reports one gap`, async () => {
      await using simulator = await start(...HEARTBEAT)
      await using client = clientOf(simulator)
      const sub = await client.subscribe(Resource.myDrive())
      assert.deepEqual(await wordsUntilChange(sub, simulator), ['connected', 'changed'])
      await simulator.end(action)
      const events = await eventsUntil(sub, 'resync')
      assert.deepEqual(wordsOf(events), ['disconnected', 'connected', 'resync'])
      const disconnected = only(events, 'disconnected')
      assert.equal(disconnected.reason, reason)
      assert.equal(disconnected.retryAfter, undefined)
      assert.equal(disconnected.coalesced, 0)
      assert(disconnected.retryIn >= 0 && disconnected.retryIn <= 10, `${disconnected.retryIn}`)
      assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
      const { notifications, reconnects, renewals } = sub.stats()
      assert.deepEqual({ notifications, reconnects, renewals }, { notifications: 2, reconnects: 1, renewals: 0 })
      assert.equal(await simulator.endpointCalls(), 1)
    })
  }

  it('survives a restart of the service', async () => {
    await using simulator = await start()
    await using client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    assert.deepEqual(wordsOf(await eventsUntil(sub, 'connected')), ['connected'])
    await simulator.kill()
    const events = await eventsUntil(sub, 'unavailable')
    assert.deepEqual(wordsOf(events), ['disconnected', 'unavailable'])
    const { error, retryIn, coalesced } = only(events, 'unavailable')
    assert.equal(error.code, 'ERR_DRIVEBELL_CONNECTION_FAILED')
    assert.equal(error.retryable, true)
    assert(retryIn >= 0 && retryIn <= 50, `${retryIn}`)
    assert.equal(coalesced, 0)
    await simulator.restart()
    const words = wordsOf(await eventsUntil(sub, 'resync'))
    // The service may be back before the next attempt, so that none fails.
    assert.deepEqual(
      words.filter((word) => word !== 'unavailable'),
      ['connected', 'resync'],
    )
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
    assert.equal(sub.stats().reconnects, 1)
  })

  it('renews its endpoint before it expires, without a gap', async () => {
    await using simulator = await start('--lifetime', '3')
    await using client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    const handled: string[] = []
    sub.on('renewed', (event) => handled.push(event.type))
    const events = await eventsUntil(sub, 'renewed')
    assert.deepEqual(events, [
      {
        type: 'connected',
        kind: 'connected',
        resource: sub.resource,
        client: undefined,
        label: undefined,
        coalesced: 0,
      },
      { type: 'renewed', kind: 'renewed', resource: sub.resource, client: undefined, label: undefined, coalesced: 0 },
    ])
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
    const { reconnects, renewals } = sub.stats()
    assert.deepEqual({ reconnects, renewals }, { reconnects: 0, renewals: 1 })
    assert.deepEqual(handled, ['renewed'])
  })

  it('starts without waiting with waitLive: false, and reports a gap when it is live', async () => {
    await using simulator = await start()
    await simulator.kill()
    await using client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
    assert(['acquiring', 'backoff'].includes(sub.state), sub.state)
    const events = await eventsUntil(sub, 'unavailable')
    assert.equal(only(events, 'unavailable').error.code, 'ERR_DRIVEBELL_CONNECTION_FAILED')
    await simulator.restart()
    const words = wordsOf(await eventsUntil(sub, 'resync')).filter((word) => word !== 'unavailable')
    assert.deepEqual(words, ['connected', 'resync'])
    assert.equal(sub.state, 'live')
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
    assert.equal(sub.stats().reconnects, 0)
  })

  it('is closed by its signal before it is live', async () => {
    await using simulator = await start()
    await simulator.kill()
    const controller = new AbortController()
    const client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive(), { signal: controller.signal, waitLive: false })
    controller.abort()
    assert.equal(sub.state, 'closed')
    await within(sub.closed, 'closed')
    await assertAborted(sub.events().next(), controller.signal.reason)
  })

  it('is retried for startTimeout before it is live', async () => {
    await using simulator = await start()
    await simulator.kill()
    const failed = await failure(clientOf(simulator, { startTimeout: 100 }).subscribe(Resource.myDrive()))
    assert.equal(failed.code, 'ERR_DRIVEBELL_CONNECTION_FAILED')
    await using client = clientOf(simulator, { startTimeout: Number.POSITIVE_INFINITY })
    const subscribing = client.subscribe(Resource.myDrive())
    await simulator.restart()
    const sub = await within(subscribing, 'live')
    const words = wordsOf(await eventsUntil(sub, 'connected')).filter((word) => word !== 'unavailable')
    assert.deepEqual(words, ['connected'])
    assert.deepEqual(await wordsUntilChange(sub, simulator), ['changed'])
  })

  it('ends when its credential throws before it is live', async () => {
    await using simulator = await start()
    const { client, signOut, reason } = signOutClientOf(simulator)
    signOut()
    const failed = await failure(client.subscribe(Resource.myDrive()))
    assert.equal(failed.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.equal(failed.cause, reason)
    const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
    const error = await failure(within(sub.events().next(), 'the error'))
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.equal(error.cause, reason)
    assert.equal(await failure(sub.closed), error)
    assert.equal(sub.state, 'closed')
  })

  it('retries a credential that throws after it was live', async () => {
    await using simulator = await start()
    const reason = new Error('offline')
    let calls = 0
    const credential = () => {
      calls += 1
      if (calls === 2) throw reason
      return TOKEN
    }
    await using client = clientOf(simulator, { credential })
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.kill()
    const events = []
    do events.push(...(await eventsUntil(sub, 'unavailable')))
    while (calls < 2)
    await simulator.restart()
    events.push(...(await eventsUntil(sub, 'resync')))
    const causes = events.map((event) => event.type === 'unavailable' && event.error.cause)
    assert.equal(causes.filter((cause) => cause === reason).length, 1)
    assert.deepEqual(
      wordsOf(events).filter((word) => word !== 'unavailable'),
      ['connected', 'disconnected', 'connected', 'resync'],
    )
  })

  it('has a state and statistics', async () => {
    await using simulator = await start()
    await using client = clientOf(simulator, { mailboxCapacity: 4 })
    const sub = await client.subscribe(Resource.myDrive())
    assert.equal(sub.state, 'live')
    assert.deepEqual(sub.stats(), {
      notifications: 0,
      coalesced: 0,
      reconnects: 0,
      renewals: 0,
      lastEventAt: undefined,
      pending: 1,
    })
    const before = Date.now()
    await simulator.notify(10)
    await until(() => sub.stats().notifications === 10, 'ten notifications')
    const { coalesced, pending, lastEventAt } = sub.stats()
    assert.deepEqual({ coalesced, pending }, { coalesced: 7, pending: 4 })
    assert(lastEventAt instanceof Date && lastEventAt.getTime() >= before && lastEventAt.getTime() <= Date.now())
    const events = sub.events()
    assert.equal((await events.next()).value?.type, 'connected')
    assert.equal(sub.stats().pending, 3)
    const closing = sub.close()
    assert.equal(sub.state, 'closed')
    assert.equal(sub.stats().pending, 0)
    await closing
    assert.equal(sub.state, 'closed')
    assert.equal(sub.stats().notifications, 10)
  })
})
