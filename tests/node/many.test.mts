import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, afterEach, before, beforeEach, it } from 'node:test'
import { inspect } from 'node:util'
import { type Client, DrivebellError, Resource, type SetEvent, SignInRequired, type SubscriptionSet } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { collectGarbage } from './support/garbage.mjs'
import type { Simulator } from './support/simulator.mjs'

const ALEX = { token: 'token-of-alex', drive: 'b!alex' }
const KIM = { token: 'token-of-kim', drive: 'b!kim' }
const USERS = [ALEX, KIM].flatMap(({ token, drive }) => ['--user', `${token}=${drive}`])
const MINE = Resource.myDrive()
const TEAM = Resource.drive('b!team')
const GONE = Resource.drive('b!gone')

const wordOf = (event: SetEvent) => (event.type === 'notification' ? event.kind : event.type)

async function nextOf<T>(events: AsyncIterator<T, undefined>): Promise<T> {
  const { done, value } = await within(events.next(), 'an event')
  if (done) throw new Error('the set has ended')
  return value
}

async function take<T>(events: AsyncIterator<T, undefined>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) taken.push(await nextOf(events))
  return taken
}

const live = (subs: SubscriptionSet, count: number) => until(() => subs.stats().live === count, `${count} are live`)

eachService('a subscription set', (start) => {
  let simulator: Simulator
  let client: Client

  before(async () => {
    simulator = await start(...USERS)
  })
  after(() => simulator.kill())
  beforeEach(() => {
    client = clientOf(simulator)
  })
  afterEach(() => client.close())

  it('delivers to each of two users the events of their own drive', async () => {
    const alex = clientOf(simulator, { credential: ALEX.token })
    const kim = alex.withCredential(async () => KIM.token)
    const subs = alex.subscribeAll([MINE]).add(MINE, kim)
    await live(subs, 2)
    const events = subs.events()
    const first = await take(events, 4)
    for (const user of [alex, kim]) {
      const words = first.filter((event) => event.client === user).map(wordOf)
      assert.deepEqual(words, ['connected', 'resync'])
    }
    for (const [user, drive] of [
      [kim, KIM.drive],
      [alex, ALEX.drive],
    ] as const) {
      await simulator.notify(1, drive)
      const note = await nextOf(events)
      assert.equal(wordOf(note), 'changed')
      assert.equal(note.client, user)
      assert.equal(note.resource, MINE)
    }
    const rejected = await failure(kim.subscribe(Resource.drive(ALEX.drive)))
    assert.equal(rejected.code, 'ERR_DRIVEBELL_ACCESS_DENIED')
    await Promise.all([alex.close(), kim.close()])
  })

  it('ends a rejected member with an event, and continues the others', async () => {
    const subs = client.subscribeAll([GONE, TEAM])
    const events = subs.events()
    const received = await take(events, 3)
    assert.deepEqual(received.map(wordOf).sort(), ['connected', 'ended', 'resync'])
    const ended = received.find((event) => event.type === 'ended')
    assert.equal(ended?.resource, GONE)
    assert.equal(ended?.client, client)
    assert.equal(ended?.error.code, 'ERR_DRIVEBELL_NOT_FOUND')
    assert.equal(subs.state(GONE), 'closed')
    assert.equal(subs.state(TEAM), 'live')
    const { members, live, ended: over } = subs.stats()
    assert.deepEqual([members, live, over, subs.size], [2, 1, 1, 2])
    // An ended member may be added again.
    subs.add(GONE)
    assert.equal(wordOf(await nextOf(events)), 'ended')
    assert.equal(subs.remove(GONE), true)
    assert.equal(subs.remove(GONE), false)
    assert.equal(subs.state(GONE), undefined)
    assert.equal(subs.stats(GONE), undefined)
    await simulator.notify(1, 'b!team')
    assert.equal((await nextOf(events)).resource, TEAM)
  })

  it('reports what a credential threw as the cause in ended', async () => {
    const reason = new SignInRequired('signed out')
    const kim = client.withCredential(() => {
      throw reason
    })
    const subs = client.subscribeAll().add(MINE, kim)
    const ended = await nextOf(subs.events())
    assert.equal(ended.type, 'ended')
    assert.equal(ended.type === 'ended' && ended.error.cause, reason)
  })

  it('accepts and removes members while a consumer waits', async () => {
    const subs = client.subscribeAll()
    const events = subs.events()
    const waiting = nextOf(events)
    subs.add(MINE).add(MINE)
    assert.equal(wordOf(await waiting), 'connected')
    assert.equal(wordOf(await nextOf(events)), 'resync')
    subs.add(TEAM)
    await live(subs, 2)
    assert.deepEqual(
      subs.members().map(({ resource, client: whose }) => [String(resource), whose === client]),
      [
        [String(MINE), true],
        [String(TEAM), true],
      ],
    )
    await simulator.notify(3)
    await until(() => subs.stats(MINE)?.notifications === 3, 'three notifications')
    assert.equal(wordOf(await nextOf(events)), 'connected')
    // Events of a removed member are discarded, even those already fetched from the core.
    assert.equal(subs.remove(MINE), true)
    await simulator.notify(1, 'b!team')
    const rest = await take(events, 2)
    assert.deepEqual(
      rest.map((event) => event.resource),
      [TEAM, TEAM],
    )
  })

  it('merges without loss for a stalled consumer of unstable sessions', async () => {
    const cuts = 8
    const capacity = 4
    const subs = clientOf(simulator, { mailboxCapacity: capacity, maxEndpointCallsPerSecond: 1_000 }).subscribeAll([
      MINE,
      TEAM,
    ])
    await live(subs, 2)
    for (let cut = 1; cut <= cuts; cut += 1) {
      await until(async () => (await simulator.connected()) === 2, 'two sockets')
      await simulator.end('cut')
      await until(() => subs.stats().reconnects === 2 * cut, 'both are back')
      await live(subs, 2)
      for (const drive of ['b!me', 'b!team']) await simulator.notify(5, drive)
      await until(() => subs.stats().notifications === 10 * cut, 'all notifications')
    }
    const { pending } = subs.stats()
    assert(pending <= capacity + 2 * 6, `${pending} wait`)
    const received = new Map<string, number>()
    for (const event of await take(subs.events(), pending)) {
      const what = `${event.type} of ${event.resource}`
      received.set(what, (received.get(what) ?? 0) + 1 + event.coalesced)
    }
    for (const resource of [MINE, TEAM]) {
      assert.equal(received.get(`connected of ${resource}`), cuts + 1)
      assert.equal(received.get(`disconnected of ${resource}`), cuts)
      assert.equal(received.get(`notification of ${resource}`), 5 * cuts + cuts + 1)
    }
    await subs.close()
  })

  it('loses nothing when a loop is left in the middle', async () => {
    const subs = client.subscribeAll([MINE, TEAM])
    await live(subs, 2)
    await Promise.all([simulator.notify(100, 'b!me'), simulator.notify(100, 'b!team')])
    const received = new Map<Resource, number>()
    // 100 notifications and one resync each.
    for (let taken = 0; taken < 202; ) {
      for await (const note of subs) {
        taken += 1 + note.coalesced
        received.set(note.resource, (received.get(note.resource) ?? 0) + 1 + note.coalesced)
        if (taken % 7 === 0) break
        if (taken >= 202) break
      }
    }
    assert.deepEqual([received.get(MINE), received.get(TEAM)], [101, 101])
  })

  it('calls handlers, and emits ended instead of error', async () => {
    const subs = client.subscribeAll([GONE])
    const [ended] = await Promise.all([
      within(once(subs, 'ended'), 'ended'),
      // Without a consumer no event is delivered.
      subs.on('notification', () => {}),
    ])
    assert.equal(ended[0].error.code, 'ERR_DRIVEBELL_NOT_FOUND')
    const closed = once(subs, 'close')
    await subs.close()
    await within(closed, 'close')
  })

  it('allows one consumer, which ends with the set', async () => {
    const subs = client.subscribeAll([MINE])
    const notes = subs[Symbol.asyncIterator]()
    assert.equal(thrownBy(() => subs.events()).code, 'ERR_DRIVEBELL_STATE')
    assert.equal(thrownBy(() => subs.on('notification', () => {})).code, 'ERR_DRIVEBELL_STATE')
    await nextOf(notes)
    const rest = notes.next()
    await within(subs[Symbol.asyncDispose](), 'the set closes')
    assert.deepEqual(await within(rest, 'the end'), { done: true, value: undefined })
    await subs.closed
    assert.equal(thrownBy(() => subs.add(TEAM)).code, 'ERR_DRIVEBELL_STATE')
    assert.equal(subs.size, 0)
  })

  it('is closed by a signal', async () => {
    const controller = new AbortController()
    const subs = client.subscribeAll([MINE], { signal: controller.signal })
    await live(subs, 1)
    controller.abort()
    await within(subs.closed, 'the set closes')
    assert.throws(() => client.subscribeAll([MINE], { signal: controller.signal }), { name: 'AbortError' })
  })

  it('loses only the members of a client that closes', async () => {
    await using simulator = await start(...USERS)
    const alex = clientOf(simulator, { credential: ALEX.token })
    const kim = alex.withCredential(KIM.token)
    const subs = alex.subscribeAll([MINE]).add(MINE, kim)
    await live(subs, 2)
    await within(kim.close(), 'one closes')
    assert.equal(subs.size, 1)
    await until(async () => (await simulator.connected()) === 1, 'its socket goes')
    assert.equal(thrownBy(() => subs.add(MINE, kim)).code, 'ERR_DRIVEBELL_STATE')
    assert.equal(thrownBy(() => kim.withCredential('x')).code, 'ERR_DRIVEBELL_STATE')
    const again = alex.withCredential(KIM.token)
    await within(alex.close(), 'the other closes')
    await within(subs.closed, 'and its set')
    assert.equal(await simulator.connected(), 0)
    assert((await again.endpoint(MINE)).notificationUrl)
    await again.close()
  })

  it('does not keep clients that were closed', async () => {
    const alex = clientOf(simulator, { credential: ALEX.token })
    const subs = alex.subscribeAll([MINE])
    const gone: WeakRef<Client>[] = []
    for (let count = 0; count < 100; count += 1) {
      const kim = alex.withCredential(KIM.token)
      subs.add(MINE, kim)
      await within(kim.close(), 'one closes')
      gone.push(new WeakRef(kim))
    }
    assert.equal(subs.size, 1)
    await until(() => {
      collectGarbage()
      return gone.filter((client) => client.deref()).length <= 20
    }, 'most of them are collected')
    assert.deepEqual(
      subs.members().map(({ client: whose }) => whose === alex),
      [true],
    )
    await alex.close()
  })

  it('discards the events of a closed client, even those that JavaScript has fetched', async () => {
    await using simulator = await start(...USERS)
    const alex = clientOf(simulator, { credential: ALEX.token })
    const kim = alex.withCredential(KIM.token)
    const subs = alex.subscribeAll([MINE]).add(MINE, kim)
    await live(subs, 2)
    await simulator.notify(3, KIM.drive)
    await until(() => subs.stats(MINE, kim)?.notifications === 3, 'three notifications')
    await simulator.notify(1, ALEX.drive)
    await until(() => subs.stats(MINE)?.notifications === 1, 'the last notification')
    const events = subs.events()
    await nextOf(events)
    const closed = kim.close()
    for (let word = ''; word !== 'changed'; ) {
      const event = await nextOf(events)
      assert.equal(event.client, alex)
      word = wordOf(event)
    }
    await within(closed, 'one closes')
    await alex.close()
  })

  it('throws for invalid arguments, and names them', () => {
    const subs = client.subscribeAll()
    const bad: [call: () => unknown, argument: string][] = [
      [() => client.subscribeAll(['/me/drive'] as never), 'resource'],
      [() => client.subscribeAll([], { waitLive: false } as never), 'waitLive'],
      [() => subs.add('/me/drive' as never), 'resource'],
      [() => subs.add(MINE, {} as never), 'client'],
      [() => subs.state(MINE, 7 as never), 'client'],
      [() => subs.on('closed' as never, () => {}), 'event'],
      [() => client.withCredential(7 as never), 'credential'],
      [() => client.withCredential(''), 'credential'],
    ]
    for (const [call, argument] of bad) {
      const error = thrownBy(call)
      assert(error instanceof DrivebellError)
      assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
      assert.equal(error.argument, argument)
    }
    assert.equal(inspect(subs), 'SubscriptionSet { members: 0, live: 0 }')
  })

  it('shares no event or client with a single subscription', async () => {
    const sub = await client.subscribe(MINE)
    assert.equal(thrownBy(() => sub.on('ended' as never, () => {})).argument, 'event')
    const [connected] = await take(sub.events(), 1)
    assert.equal(connected?.resource, MINE)
    assert.equal(connected?.client, undefined)
  })

  it('does not keep an unused client of its family from being collected', async () => {
    const gone = await (async () => {
      const kim = client.withCredential(KIM.token)
      await kim.endpoint(MINE)
      return new WeakRef(kim)
    })()
    await until(() => {
      collectGarbage()
      return gone.deref() === undefined
    }, 'it is collected')
  })
})
