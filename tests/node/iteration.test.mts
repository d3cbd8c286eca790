import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, it } from 'node:test'
import { type Client, type Notification, Resource, type SubscriptionEvent } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, signOutClientOf, thrownBy } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import type { Simulator } from './support/simulator.mjs'

eachService('iterating', (start) => {
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

  it('gives notifications with all their fields', async () => {
    const resource = Resource.myDrive()
    const sub = await client.subscribe(resource)
    const before = Date.now()
    await simulator.notify()
    const { value: note } = await within(sub[Symbol.asyncIterator]().next(), 'a notification')
    assert(note)
    assert.equal(note.type, 'notification')
    assert.equal(note.kind, 'changed')
    assert.equal(note.resource, resource)
    assert.equal(note.coalesced, 0)
    assert(note.receivedAt instanceof Date && Math.abs(note.receivedAt.getTime() - before) < 5_000)
    const { payload } = note
    assert(payload)
    assert.equal(payload.subscriptionId, payload.raw.subscriptionId)
    assert.equal(payload.clientState, payload.raw.clientState)
    assert.equal(payload.tenantId, payload.raw.tenantId)
    assert.equal(payload.siteUrl, '/personal/5a0b9e159b3310ad')
    assert.equal(payload.webId, payload.raw.webId)
    assert.equal(payload.listId, payload.raw.resource)
    assert.equal(
      payload.subscriptionExpiresAt?.getTime(),
      Math.floor(Date.parse(String(payload.raw.expirationDateTime))),
    )
    assert.equal(payload.raw, payload.raw)
  })

  it('reads a flat payload in an object, with absent fields undefined', async () => {
    await using flat = await start('--payload', 'flat', '--argument', 'object')
    const sub = await clientOf(flat).subscribe(Resource.myDrive())
    await flat.notify()
    const { value: note } = await within(sub[Symbol.asyncIterator]().next(), 'a notification')
    const payload = note?.payload
    assert(payload)
    assert.equal(payload.listId, payload.raw.resource)
    assert(payload.subscriptionExpiresAt instanceof Date)
    assert.equal(payload.raw.userId, '5a0b9e159b3310ad')
    for (const absent of ['tenantId', 'siteUrl', 'webId'] as const) assert.equal(payload[absent], undefined)
    await sub.close()
  })

  it('gives 1,000 of 1,000', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    let received = 0
    const all = (async () => {
      for await (const note of sub) {
        received += 1 + note.coalesced
        if (received === 1_000) break
      }
    })()
    await simulator.notify(1_000)
    await within(all, '1,000 notifications')
    assert.equal(received, 1_000)
  })

  it('counts merged notifications for a slow consumer', async () => {
    const small = clientOf(simulator, { mailboxCapacity: 10 })
    const sub = await small.subscribe(Resource.myDrive())
    await simulator.notify(1_000)
    let received = 0
    let events = 0
    const all = (async () => {
      for await (const note of sub) {
        events += 1
        received += 1 + note.coalesced
        if (received === 1_000) break
      }
    })()
    await within(all, 'all of them, merged')
    assert.equal(received, 1_000)
    assert(events < 1_000, `${events}`)
    await small.close()
  })

  it('gives lifecycle events in order with events()', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.notify(2)
    const types: string[] = []
    await within(
      (async () => {
        for await (const event of sub.events()) {
          types.push(event.type)
          if (types.length === 3) await sub.close()
        }
      })(),
      'the end',
    )
    assert.deepEqual(types, ['connected', 'notification', 'notification'])
  })

  it('loses nothing between two loops', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.notify(100)
    let received = 0
    for (let loop = 0; received < 100; loop += 1) {
      assert(loop < 100)
      await within(
        (async () => {
          for await (const note of sub) {
            received += 1 + note.coalesced
            if (received % 7 === 0 || received === 100) break
          }
        })(),
        `loop ${loop}`,
      )
    }
    assert.equal(received, 100)
    assert.equal(await simulator.connected(), 1)
  })

  it('settles several next() in order, and return() ends pending ones', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const iterator = sub.events()
    const three = [iterator.next(), iterator.next(), iterator.next()] as const
    await simulator.notify(1)
    const first = await within(three[0], 'the first')
    const second = await within(three[1], 'the second')
    assert.equal(first.value?.type, 'connected')
    assert.equal(second.value?.type, 'notification')
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined })
    assert.deepEqual(await within(three[2], 'the third'), { done: true, value: undefined })
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  })

  it('rejects a second consumer of any kind', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const iterator = sub[Symbol.asyncIterator]()
    const consumers = [
      () => sub[Symbol.asyncIterator](),
      () => sub.events(),
      () => sub.on('notification', () => {}),
      () => sub.once('notification', () => {}),
      () => sub.prependListener('notification', () => {}),
      () => sub.addListener('notification', () => {}),
    ]
    for (const second of consumers) assert.equal(thrownBy(second).code, 'ERR_DRIVEBELL_STATE')
    await iterator.return?.()

    const handler = () => {}
    sub.on('notification', handler)
    for (const second of consumers.slice(0, 2)) assert.equal(thrownBy(second).code, 'ERR_DRIVEBELL_STATE')
    sub.off('notification', handler)
    const again: AsyncIterator<SubscriptionEvent> = sub.events()
    assert.equal((await within(again.next(), 'the event that waited')).value?.type, 'connected')
  })

  it('calls lifecycle handlers as well', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const called: string[] = []
    sub.on('connected', (event) => called.push(event.type))
    sub.on('close', () => called.push('close'))
    await simulator.notify()
    for await (const _ of sub) await sub.close()
    await until(() => called.length === 2, 'both handlers')
    assert.deepEqual(called, ['connected', 'close'])
  })

  it('ends when the subscription is closed, before, during and after', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const waiting = sub[Symbol.asyncIterator]().next()
    await within(sub.close(), 'the goodbye')
    assert.deepEqual(await within(waiting, 'the end'), { done: true, value: undefined })
    for await (const _ of sub) assert.fail('nothing follows')
    for await (const _ of sub.events()) assert.fail('nothing follows')
    await sub.close()
    await sub.closed
    assert.equal(await simulator.connected(), 0)
  })

  it('discards events on close that were not taken', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.notify(3)
    const iterator = sub[Symbol.asyncIterator]()
    assert.equal((await within(iterator.next(), 'the first')).done, false)
    await sub.close()
    assert.equal((await iterator.next()).done, true)
  })

  it('throws the error of the session once, after all earlier events, and then ends', async () => {
    await using simulator = await start()
    const { client, signOut, reason } = signOutClientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    const handled: unknown[] = []
    sub.on('error', (error) => handled.push(error))
    await simulator.notify()
    const iterator = sub.events()
    const types: (string | undefined)[] = []
    types.push((await within(iterator.next(), 'connected')).value?.type)
    types.push((await within(iterator.next(), 'notification')).value?.type)
    signOut()
    await simulator.kill()
    const { value: disconnected } = await within(iterator.next(), 'disconnected')
    assert(disconnected?.type === 'disconnected')
    // Deno may end the input of the simulator before it kills it: the simulator then says goodbye.
    assert.match(disconnected.reason, /^(connection_(closed|reset)|engine_close)$/)
    assert.equal(typeof disconnected.message, 'string')
    assert.equal((await within(iterator.next(), 'unavailable')).value?.type, 'unavailable')
    const error = await failure(within(iterator.next(), 'the error'))
    assert.deepEqual(types, ['connected', 'notification'])
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.equal(error.cause, reason)
    assert.equal(error.retryable, false)
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
    assert.equal(await failure(sub.closed), error)
    await until(() => handled.length > 0, 'the handler during the loop')
    assert.deepEqual(handled, [error])
    for await (const _ of sub) assert.fail('nothing follows')
    await sub.close()
  })

  it('keeps the error for a late consumer', async () => {
    await using simulator = await start()
    const { client, signOut } = signOutClientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive())
    await simulator.notify(3)
    await until(() => sub.stats().notifications === 3, 'three notifications')
    signOut()
    await simulator.kill()
    const error = await failure(within(sub.closed, 'the end'))
    const received: Notification[] = []
    const thrown = await failure(
      (async () => {
        for await (const note of sub) received.push(note)
      })(),
    )
    assert.equal(thrown, error)
    assert.equal(received.length, 3)
  })
})
