/** Streams of changes that get no notifications, or not all of them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Resource } from 'drivebell'
import { allowPush, batchWith, catchUp, eventOf, IDLE, nextEvent, reaches, typesOf } from './support/changes.mjs'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { batchesOf, change, Mirror, type nextOf, QUICK, upload } from './support/mirror.mjs'
import { Simulator } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

function start(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', '--seed', 'b!me=30', ...options)
}

it('changes without push poll', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...QUICK, push: 'off', pollInterval: 50 })
  const batches = batchesOf(changes)
  await catchUp(batches)
  assert.equal(changes.state, 'polling')
  await upload(simulator, 'new.txt')
  assert.match((await batchWith(batches, 'new.txt')).trigger, /poll|lag/)
  assert.equal(await simulator.endpointCalls(), 0)
})

it('changes whose push is refused poll until it is allowed', async () => {
  await using simulator = await start()
  await allowPush(simulator, false)
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...QUICK, pollInterval: 100 })
  const [batches, events] = [batchesOf(changes), changes.events()]
  await catchUp(batches)
  const refused = await nextEvent(events)
  assert.ok(refused.type === 'push_refused')
  assert.equal(refused.error.code, 'ERR_DRIVEBELL_ACCESS_DENIED')
  assert.ok(
    Number.isInteger(refused.retryIn) && refused.retryIn > 1_000 && refused.retryIn < 2_000,
    `${refused.retryIn}`,
  )
  assert.equal(changes.state, 'polling')
  await upload(simulator, 'polled.txt')
  await batchWith(batches, 'polled.txt')
  // It is refused again, which is not told again.
  await until(async () => (await simulator.endpointCalls()) >= 2, 'another refusal')
  await allowPush(simulator, true)
  assert.equal((await nextEvent(events)).type, 'connected')
  await reaches(changes, 'live')
  await upload(simulator, 'announced.txt')
  await batchWith(batches, 'announced.txt')
  await until(() => changes.stats().notifications >= 1, 'the notification')
})

it('changes that require push end when it is refused', async () => {
  await using simulator = await start()
  await allowPush(simulator, false)
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE, push: 'required' })
  const error = await within(failure(catchUp(batchesOf(changes))), 'the failure')
  assert.deepEqual([error.code, error.status], ['ERR_DRIVEBELL_ACCESS_DENIED', 403])
  assert.deepEqual(await typesOf(changes.events()), ['ended'])
})

it('an audit finds a deletion that was never reported', async () => {
  await using simulator = await start('--page-size', '10')
  await using client = clientOf(simulator)
  await upload(simulator, 'gone.txt')
  const changes = client.changes(DRIVE, { since: 'start', ...QUICK, auditInterval: 500 })
  const batches = batchesOf(changes)
  const mirror = new Mirror()
  await within(mirror.follow(batches, simulator), 'the enumeration')
  const { size } = mirror.rows
  await simulator.control('PATCH', 'delta?drive=b!me', { loseTombstones: 1 })
  await change(simulator, 'DELETE', '/root:/gone.txt:')
  const triggers = new Set<string>()
  const watched: AsyncIterator<Awaited<ReturnType<typeof nextOf>>, undefined> = {
    next: async () => {
      const result = await batches.next()
      if (!result.done) triggers.add(result.value.trigger)
      return result
    },
  }
  await within(mirror.follow(watched, simulator), 'the audit')
  assert.equal(mirror.rows.size, size - 1)
  assert.ok(triggers.has('audit'))
  await until(() => changes.stats().audits >= 1, 'an audit')
})

it('a renewal is followed by a query', async () => {
  await using simulator = await start('--lifetime', '2')
  await upload(simulator, 'opened.txt')
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  const batches = batchesOf(changes)
  await catchUp(batches)
  await reaches(changes, 'live')
  // Without a notification.
  await simulator.control('POST', 'touch?drive=b!me&path=/opened.txt')
  assert.equal((await batchWith(batches, 'opened.txt')).trigger, 'renewal')
  const { renewals, reconnects } = changes.stats()
  assert.ok(renewals >= 1)
  assert.equal(reconnects, 0)
})

it('a connection that announces nothing is replaced', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE, deafAfter: 100 })
  const [batches, events] = [batchesOf(changes), changes.events()]
  await eventOf(events, 'connected')
  await catchUp(batches)
  // Its heartbeats are lost, too, but are not missed for 45 seconds.
  await simulator.end('silence')
  // By times in whole seconds, the change must be later than the connection, and have an age.
  await sleep(1500)
  await upload(simulator, 'unheard.txt')
  await sleep(2500)
  changes.hint()
  assert.equal((await batchWith(batches, 'unheard.txt')).trigger, 'hint')
  const lost = await nextEvent(events)
  assert.ok(lost.type === 'disconnected' && lost.reason === 'deaf')
  await eventOf(events, 'connected')
  assert.equal(changes.stats().deaf, 1)
  await upload(simulator, 'heard.txt')
  await batchWith(batches, 'heard.txt')
  await until(() => changes.stats().notifications >= 1, 'the notification')
})
