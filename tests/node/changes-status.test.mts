/** What a stream of changes shows of itself, and hints that wake it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Resource } from 'drivebell'
import { batchWith, catchUp, eventOf, IDLE, nextEvent, reaches, typesOf } from './support/changes.mjs'
import { runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { batchesOf, nextOf, upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

function start(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', '--seed', 'b!me=100', ...options)
}

it('changes have a state', async () => {
  await using simulator = await start('--page-size', '10')
  await simulator.fault('hold=toServer,on=delta')
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  const [batches, events] = [batchesOf(changes), changes.events()]
  const states = [changes.state]
  await eventOf(events, 'connected')
  states.push(changes.state)
  await simulator.release()
  await nextOf(batches)
  states.push(changes.state)
  await catchUp(batches)
  states.push(changes.state)
  await simulator.fault('answer=503,on=delta')
  changes.hint()
  await eventOf(events, 'query_failed')
  states.push(changes.state)
  await simulator.release()
  await reaches(changes, 'live')
  await simulator.fault('answer=503,on=endpoint')
  await simulator.fault('answer=503,on=socket,when=next')
  await simulator.end('cut')
  await eventOf(events, 'disconnected')
  states.push(changes.state)
  await simulator.release()
  await eventOf(events, 'connected')
  const closed = changes.close()
  states.push(changes.state)
  assert.deepEqual(states, ['starting', 'starting', 'enumerating', 'live', 'away', 'polling', 'closed'])
  await closed
  assert.equal(changes.state, 'closed')
})

it('changes have statistics', async () => {
  const began = Date.now() - 5_000
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  const batches = batchesOf(changes)
  const { lastItemsAt: none, ...zeros } = changes.stats()
  assert.equal(none, undefined)
  assert.deepEqual(new Set(Object.values(zeros)), new Set([0, undefined]))
  await catchUp(batches)
  await upload(simulator, 'new.txt')
  await batchWith(batches, 'new.txt')
  changes.hint()
  await until(() => changes.stats().queries === 3, 'the query')
  await simulator.end('cut')
  await until(() => changes.stats().reconnects === 1, 'the connection')
  await changes.close()
  const { lastQueryAt, lastItemsAt, ...counts } = changes.stats()
  assert.deepEqual(counts, {
    batches: 2,
    items: 103,
    repeated: 0,
    queries: counts.queries,
    failures: 0,
    notifications: 1,
    hints: 1,
    resyncs: 0,
    audits: 0,
    reconnects: 1,
    renewals: 0,
    deaf: 0,
  })
  assert.ok(lastQueryAt instanceof Date && lastItemsAt instanceof Date)
  assert.ok(began < lastItemsAt.getTime() && lastItemsAt <= lastQueryAt && lastQueryAt.getTime() <= Date.now())
})

it('changes have events beside the batches, which end with the stream', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  const batches = batchesOf(changes)
  const events = changes.events()
  const lost = eventOf(events, 'disconnected')
  await catchUp(batches)
  await reaches(changes, 'live')
  await simulator.end('cut')
  const { reason, message, retryIn, resource, client: whose, coalesced } = await lost
  assert.deepEqual([reason, resource, whose, coalesced], ['connection_closed', DRIVE, undefined, 0])
  assert.ok(message.length > 0 && retryIn >= 0)
  assert.equal(thrownBy(() => changes.events()).code, 'ERR_DRIVEBELL_STATE')
  await eventOf(events, 'connected')
  const waiting = [events.next(), events.next()]
  await upload(simulator, 'new.txt')
  await batchWith(batches, 'new.txt')
  await changes.close()
  for (const next of waiting) assert.deepEqual(await within(next, 'the end'), { done: true, value: undefined })
  assert.deepEqual(await typesOf(changes.events()), [])
})

it('a loop over the events that was left loses none', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'now', ...IDLE })
  await nextOf(batchesOf(changes))
  await reaches(changes, 'live')
  await simulator.end('cut')
  await until(() => changes.stats().reconnects === 1, 'the connection')
  const types: string[] = []
  while (types.length < 3) {
    for await (const { type } of changes.events()) {
      types.push(type)
      break
    }
  }
  assert.deepEqual(types, ['connected', 'disconnected', 'connected'])
})

it('the last event has the error that ended the changes', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator, { credential: 'another-token' })
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  const error = await failure(batchesOf(changes).next())
  assert.equal(changes.state, 'closed')
  const ended = await eventOf(changes.events(), 'ended')
  assert.equal(ended.error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
  assert.equal(ended.error.message, error.message)
  assert.equal(thrownBy(() => changes.hint()).code, 'ERR_DRIVEBELL_STATE')
})

for (const what of ['the service', 'only the delta query']) {
  it(`changes end if ${what} cannot be reached for startTimeout`, async () => {
    await using simulator = await start()
    if (what === 'the service') await simulator.kill()
    else await simulator.fault('answer=503,on=delta')
    await using client = clientOf(simulator)
    const changes = client.changes(DRIVE, { since: 'start', ...IDLE, startTimeout: 200 })
    const events = changes.events()
    const error = await within(failure(batchesOf(changes).next()), 'the failure')
    assert.ok(error.retryable && changes.stats().failures >= 1)
    if (what !== 'the service') assert.ok((await eventOf(events, 'query_failed')).retryIn >= 0)
    assert.equal((await eventOf(events, 'ended')).error.code, error.code)
  })
}

it('hint() causes a query, until the stream is closed', async () => {
  await using simulator = await start()
  const client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'now', push: 'off', ...IDLE })
  const batches = batchesOf(changes)
  await nextOf(batches)
  assert.equal(changes.state, 'polling')
  await upload(simulator, 'new.txt')
  const batch = batchWith(batches, 'new.txt')
  for (let hint = 0; hint < 10; hint += 1) changes.hint()
  assert.equal((await batch).trigger, 'hint')
  assert.ok(changes.stats().hints <= 10)
  assert.equal(await simulator.endpointCalls(), 0)
  const closed = client.close()
  assert.equal(changes.state, 'closed')
  const error = thrownBy(() => changes.hint())
  assert.equal(error.code, 'ERR_DRIVEBELL_STATE')
  assert.match(error.message, /checkpoint/)
  await closed
  assert.equal(changes.stats().batches, 2)
})

it('a loop over the events keeps no process alive', async () => {
  await using simulator = await start()
  const run = (source: string) =>
    runModule(
      `import { Client, Resource } from 'drivebell'
       const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
       const changes = client.changes(Resource.myDrive(), { since: 'now' })
       const watch = async () => { for await (const { type } of changes.events()) console.log(type) }
       watch().then(() => console.log('end'))
       ${source}`,
      {},
    )
  const ended = await run('for await (const batch of changes) { break }')
  assert.deepEqual([ended.code, ended.stderr], [0, ''])
  assert.match(ended.stdout, /^(connected\n)?end\n$/)
  const exits = await run('const batches = changes[Symbol.asyncIterator](); await batches.next()')
  assert.deepEqual([exits.code, exits.stderr], [0, ''])
  const waits = await run('setTimeout(() => process.exit(7), 500).unref(); for await (const batch of changes);')
  assert.equal(waits.code, 7)
})

it('every stream of changes has its own events', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const streams = [1, 2, 3].map(() => client.changes(DRIVE, { since: 'now', ...IDLE }))
  for (const changes of streams) {
    const { type, resource } = await nextEvent(changes.events())
    assert.deepEqual([type, resource], ['connected', DRIVE])
  }
})

it('ready waits for the end of the first enumeration', async () => {
  await using simulator = await start('--page-size', '20')
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...IDLE })
  let isReady = false
  const ready = changes.ready().then(() => {
    isReady = true
  })
  const batches = batchesOf(changes)
  assert.equal((await nextOf(batches)).caughtUp, false)
  assert.equal(isReady, false)
  const { checkpoint } = await catchUp(batches)
  await within(ready, 'ready')
  await changes.close()
  for (const since of ['now', checkpoint]) {
    const later = client.changes(DRIVE, { since, ...IDLE })
    await within(later.ready(), 'ready at once')
    await later.close()
  }
  const closed = client.changes(DRIVE, { since: 'start', ...IDLE })
  const [error] = await Promise.all([failure(closed.ready()), closed.close()])
  assert.equal(error.code, 'ERR_DRIVEBELL_STATE')
  assert.match(error.message, /closed before its first enumeration was complete/)
  await simulator.fault('answer=403,on=delta')
  const refused = client.changes(DRIVE, { since: 'start', ...IDLE })
  assert.equal((await within(failure(refused.ready()), 'the refusal')).code, 'ERR_DRIVEBELL_ACCESS_DENIED')
})
