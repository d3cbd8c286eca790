/** Several processes, here several clients, share drives over one store. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Client, MemoryStore, Resource, SharedBatch } from 'drivebell'
import { eventOf } from './support/changes.mjs'
import { until, within } from './support/deadline.mjs'
import { assertAborted, clientOf, thrownBy } from './support/drivebell.mjs'
import { COUNT, closed, DRIVES, follow, Loop, owns, put, SOON, startDrives } from './support/shared.mjs'

const FIRST = DRIVES[0] as Resource<'drive'>
const GONE = Resource.drive('b!gone')

it('two clients divide the drives, and the one that closes hands its own over', async () => {
  await using simulator = await startDrives()
  await using alex = clientOf(simulator)
  await using kim = clientOf(simulator)
  const store = new MemoryStore()
  const one = follow(alex, store, { worker: 'one' })
  const two = follow(kim, store, { worker: 'two' })
  await owns(one.changes, COUNT / 2)
  await owns(two.changes, COUNT / 2)
  const mine = one.changes.owned().map(({ resource }) => `${resource}`)
  const others = two.changes.owned().map(({ resource }) => `${resource}`)
  assert.deepEqual([...mine, ...others].sort(), DRIVES.map(String))
  const shown = () =>
    one.changes.workers().map(({ id, capacity, drives }) => [id.replace(/-[0-9a-f]{8}$/, ''), capacity, drives].join())
  await until(() => `${shown()}` === `one,100,${COUNT / 2},two,100,${COUNT / 2}`, `the workers, after ${shown()}`)
  assert.ok(one.changes.workers().some(({ id }) => id === one.changes.worker))
  await closed(one)
  await one.ended
  await owns(two.changes, COUNT)
  await until(() => two.changes.stats().owned === COUNT, 'the counts')
  const { drives, owned, unowned, received, lost, listedAt } = two.changes.stats()
  assert.deepEqual([drives, owned, unowned, lost], [COUNT, COUNT, 0, 0])
  assert.ok(received >= COUNT / 2 && listedAt instanceof Date)
  for (const drive of DRIVES) await put(simulator, drive, `${drive.subscriptionPath.split('/')[2]}.txt`)
  await until(() => two.names.size > COUNT, 'the files')
  const event = await eventOf(two.changes.events(), 'connected')
  assert.ok(event.client === kim && DRIVES.some((drive) => drive.equals(event.resource)))
  const { epoch, sequence, resource, client, error } = two.batches.at(-1) as SharedBatch
  assert.ok(epoch > 0 && sequence > 0 && DRIVES.includes(resource as never) && client === kim && error === undefined)
  await closed(two)
})

it('a batch is done when the next one is asked for, or by done(), and not if the body throws', async () => {
  await using simulator = await startDrives()
  await using client = clientOf(simulator)
  const store = new MemoryStore()
  const once = () => client.changesShared([FIRST], store, { since: 'start', ...SOON })
  const firstOf = async (handle: (batch: SharedBatch) => void): Promise<SharedBatch> => {
    let first: SharedBatch | undefined
    const loop = async () => {
      for await (const batch of once()) {
        if (batch.error) throw batch.error
        first = batch
        handle(batch)
        break
      }
    }
    await within(loop(), 'the loop').catch((error) => assert.equal(error.message, 'on purpose'))
    return first as SharedBatch
  }
  const stopped = await firstOf(() => {})
  const thrown = await firstOf(() => {
    throw new Error('on purpose')
  })
  const again = once()
  const batches = again[Symbol.asyncIterator]()
  const { value: third } = await within(batches.next(), 'a batch')
  assert.ok(third && !third.error)
  for (const batch of [stopped, thrown, third]) {
    assert.deepEqual([batch.sequence, batch.initial, batch.caughtUp], [0, true, true])
  }
  assert.ok(thrown.epoch > stopped.epoch && third.epoch > thrown.epoch)
  // Nobody asks for the next one.
  again.done()
  await within(again.close(), 'the end')
  const [written] = await store.listCheckpoints([FIRST.toString()])
  assert.deepEqual([written?.sequence, written?.checkpoint], [1, third.checkpoint])
  await put(simulator, FIRST, 'new.txt')
  const last = await firstOf(() => {})
  assert.deepEqual(
    [last.sequence, last.initial, last.items.map(({ name }) => name).includes('new.txt')],
    [1, false, true],
  )
})

it('a refused drive is told, tried again, and does not disturb the others', async () => {
  await using simulator = await startDrives()
  await using client = clientOf(simulator)
  const changes = client.changesShared([FIRST, GONE], new MemoryStore(), { since: 'start', ...SOON })
  const loop = new Loop(changes)
  const refusals = () => loop.elements.filter(({ error }) => error?.code === 'ERR_DRIVEBELL_NOT_FOUND')
  await until(() => refusals().length >= 2 && loop.batches.length === 1, 'two refusals and a batch')
  const [refusal] = refusals()
  assert.deepEqual([refusal?.resource, refusal?.client === client, refusal?.items], [GONE, true, []])
  assert.deepEqual([refusal?.epoch, refusal?.sequence, refusal?.checkpoint], [undefined, undefined, undefined])
  await until(() => changes.owned().some(({ error }) => error?.code === 'ERR_DRIVEBELL_NOT_FOUND'), 'the state')
  const states = new Map(changes.owned().map(({ resource, state }) => [resource, state]))
  assert.notEqual(states.get(FIRST), 'refused')
  assert.equal(changes.remove(GONE), true)
  await until(() => changes.owned().length === 1, 'one drive')
  await closed(loop)
})

it('drives come and go while they are shared', async () => {
  await using simulator = await startDrives()
  await using client = clientOf(simulator)
  await using kim = client.withCredential('simulated-token', { label: 'kim' })
  const store = new MemoryStore()
  const changes = client.changesShared([], store, { ...SOON })
  const loop = new Loop(changes)
  changes.add(FIRST, { since: 'start' }).add(FIRST, { since: 'start' }).add(FIRST, { since: 'start', client: kim })
  await until(() => loop.batches.length === 2, 'both')
  assert.deepEqual(new Set(loop.batches.map(({ client }) => client)), new Set([client, kim]))
  assert.deepEqual(
    changes.members().map(({ resource, client }) => [resource, client]),
    [
      [FIRST, client],
      [FIRST, kim],
    ],
  )
  assert.deepEqual([changes.size, changes.remove(FIRST), changes.remove(FIRST), changes.size], [2, true, false, 1])
  const given = async () => (await store.listOwnership()).some((it) => it.partition === `${FIRST}` && it.owner === '')
  await until(given, "it is anybody's")
  assert.deepEqual(
    changes.owned().map((drive) => drive.client),
    [kim],
  )
  // Another process might have it now. It goes on from its checkpoint.
  changes.add(FIRST, { since: 'start' })
  await put(simulator, FIRST, 'again.txt')
  const again = () => loop.batches.filter((batch) => batch.client === client).at(-1)
  await until(() => again()?.items.some((item) => item.name === 'again.txt') ?? false, 'it again')
  assert.equal(again()?.initial, false)
  await closed(loop)
  assert.equal(thrownBy(() => changes.add(FIRST, { since: 'now' })).code, 'ERR_DRIVEBELL_STATE')
})

it('changesShared ends with its signal and with its client, and has one loop', async () => {
  await using simulator = await startDrives()
  await using client = clientOf(simulator)
  const abort = new AbortController()
  const store = new MemoryStore()
  const batches = client
    .changesShared([FIRST], store, { since: 'start', ...SOON, signal: abort.signal })
    [Symbol.asyncIterator]()
  await within(batches.next(), 'a batch')
  const waiting = batches.next()
  abort.abort('enough')
  await assertAborted(waiting, 'enough')
  const changes = client.changesShared([FIRST], store, { since: 'start', ...SOON })
  const loop = new Loop(changes)
  const second = thrownBy(() => changes[Symbol.asyncIterator]())
  assert.deepEqual([second.code, /changesShared/.test(second.message)], ['ERR_DRIVEBELL_STATE', true])
  await owns(changes, 1)
  await within(client.close(), 'the client closes')
  await within(loop.ended, 'the loop ends')
  // The drive belongs to nobody, and the process is gone.
  const left = await store.listOwnership()
  assert.deepEqual(
    left.map(({ partition, owner }) => [partition, owner]),
    [[FIRST.toString(), '']],
  )
  assert.equal(thrownBy(() => client.changesShared([FIRST], store, { since: 'now' })).code, 'ERR_DRIVEBELL_STATE')
})

it('changesShared() throws for a bad argument, and names it', async () => {
  const client = new Client({ credential: 'token', baseUrl: 'http://127.0.0.1:9' })
  const store = new MemoryStore()
  const drive = [FIRST]
  const cases: [argument: string, drives: unknown, options: unknown][] = [
    ['since', drive, {}],
    ['since', [[FIRST, 'now']], { since: 'now' }],
    ['drives', FIRST, { since: 'now' }],
    ['resource', ['/me/drive'], { since: 'now' }],
    ['resource', [Resource.path('/x/subscriptions/socketIo')], { since: 'now' }],
    ['options', drive, null],
    ['signal', drive, { since: 'now', signal: 7 }],
    ['worker', drive, { since: 'now', worker: 'me too' }],
    ['worker', drive, { since: 'now', worker: 7 }],
    ['leaseTime', drive, { since: 'now', leaseTime: 99 }],
    ['leaseTime', drive, { since: 'now', leaseTime: '1 s' }],
    ['leaseTime', drive, { since: 'now', leaseTime: -1 }],
    ['capacity', drive, { since: 'now', capacity: 0 }],
    ['capacity', drive, { since: 'now', capacity: 1.5 }],
    ['refusedRetry', drive, { since: 'now', refusedRetry: 0 }],
    ['pollInterval', drive, { since: 'now', pollInterval: 'often' }],
    ['lease_time', drive, { since: 'now', lease_time: 1000 }],
    ['signal', drive, { since: 'now', signal: 'never' }],
  ]
  for (const [argument, drives, options] of cases) {
    const error = thrownBy(() => client.changesShared(drives as never, store, options as never))
    assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', argument], error.message)
  }
  assert.deepEqual(await store.listOwnership(), [])
})

it('a shared batch can be made by hand', () => {
  const client = new Client({ credential: 'token' })
  const batch = SharedBatch.from({ resource: '/me/drive', client, checkpoint: 'c', epoch: 3, sequence: 4 })
  const { resource, epoch, sequence, items } = batch
  assert.deepEqual([resource, epoch, sequence, items], [Resource.myDrive(), 3, 4, []])
  const copy = SharedBatch.from({ ...JSON.parse(JSON.stringify(batch)), client })
  assert.deepEqual(copy, batch)
  const error = thrownBy(() => SharedBatch.from({ resource: '/me/drive', client, checkpoint: 'c', epoch: -1 }))
  assert.equal(error.argument, 'epoch')
})
