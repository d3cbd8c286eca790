/** Changes of many resources in one stream. Only on the simulator: the drives of the other server are empty. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  type ChangesAllOptions,
  type ChangesSet,
  type Client,
  type MemberBatch,
  type MemberEnd,
  Resource,
} from 'drivebell'
import { eventOf, IDLE } from './support/changes.mjs'
import { runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { assertAborted, clientOf, rejection, thrownBy } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const ALEX = { token: 'token-of-alex', drive: 'b!alex' }
const KIM = { token: 'token-of-kim', drive: 'b!kim' }
const USERS = [ALEX, KIM].flatMap(({ token, drive }) => ['--user', `${token}=${drive}`])
const MINE = Resource.myDrive()
const TEAM = Resource.drive('b!team')
const GONE = Resource.drive('b!gone')

type Batches = AsyncIterator<MemberBatch | MemberEnd, undefined>

function start(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', '--seed', 'b!me=20', ...options)
}

function changesOf(client: Client, resources: Iterable<Resource>, options: ChangesAllOptions = {}): ChangesSet {
  return client.changesAll(resources, { since: 'now', ...IDLE, ...options })
}

function batchesOf(changes: ChangesSet): Batches {
  return changes[Symbol.asyncIterator]()
}

async function next(batches: Batches): Promise<MemberBatch | MemberEnd> {
  const { done, value } = await within(batches.next(), 'a batch')
  if (done) throw new Error('the changes have ended')
  return value
}

async function nextBatch(batches: Batches): Promise<MemberBatch> {
  const batch = await next(batches)
  if (batch.error) throw batch.error
  return batch
}

/** Takes batches until each member has caught up. */
async function untilCaughtUp(batches: Batches, members: number): Promise<MemberBatch[]> {
  const taken: MemberBatch[] = []
  while (taken.filter(({ caughtUp }) => caughtUp).length < members) taken.push(await nextBatch(batches))
  return taken
}

/** Uploads to a drive, on behalf of nobody in particular. */
async function uploadTo(simulator: Simulator, drive: string, name: string): Promise<void> {
  const url = `${simulator.baseUrl}/v1.0/drives/${drive}/root:/${name}:/content`
  const response = await fetch(url, { method: 'PUT', headers: { authorization: `Bearer ${TOKEN}` }, body: 'content' })
  assert.ok(response.ok, `${response.status}`)
}

const live = (changes: ChangesSet, count: number) => until(() => changes.stats().live === count, `${count} are live`)

it('changesAll names the resource and the client of each batch', async () => {
  await using simulator = await start(...USERS)
  await using alex = clientOf(simulator, { credential: ALEX.token })
  await using kim = alex.withCredential(async () => KIM.token)
  const changes = changesOf(alex, [MINE], { since: 'start' }).add(MINE, { since: 'start', client: kim })
  const batches = batchesOf(changes)
  const first = await untilCaughtUp(batches, 2)
  assert.deepEqual(new Set(first.map(({ client }) => client)), new Set([alex, kim]))
  assert.deepEqual(
    changes.members().map(({ client, resource }) => [client === alex, resource === MINE]),
    [
      [true, true],
      [false, true],
    ],
  )
  await live(changes, 2)
  let checkpoint = ''
  for (const [user, { drive }] of [
    [kim, KIM],
    [alex, ALEX],
  ] as const) {
    await uploadTo(simulator, drive, 'new.txt')
    const batch = await nextBatch(batches)
    assert.deepEqual([batch.client === user, batch.resource, batch.error], [true, MINE, undefined])
    assert.ok(batch.items.some(({ name }) => name === 'new.txt'))
    checkpoint = batch.checkpoint
  }
  // A checkpoint belongs to its member.
  assert.equal(changes.remove(MINE), true)
  changes.add(MINE, { since: checkpoint })
  assert.equal((await nextBatch(batches)).client, alex)
})

it('members of changesAll come and go while it runs', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = changesOf(client, [])
  const batches = batchesOf(changes)
  assert.equal(changes.size, 0)
  const waiting = nextBatch(batches)
  changes.add(MINE, { since: 'start' }).add(MINE, { since: 'start' })
  assert.equal((await waiting).resource, MINE)
  changes.add(TEAM, { since: 'now' })
  assert.equal((await nextBatch(batches)).resource, TEAM)
  await live(changes, 2)
  assert.deepEqual([changes.size, changes.state(MINE), changes.state(TEAM)], [2, 'live', 'live'])
  const { batches: count, items, lastItemsAt } = changes.stats(MINE) ?? assert.fail()
  assert.deepEqual([count, items], [1, 21])
  const { members, live: alive, polling, ended, ...total } = changes.stats()
  assert.deepEqual([members, alive, polling, ended, total.batches, total.items], [2, 2, 0, 0, 2, 21])
  assert.deepEqual(total.lastItemsAt, lastItemsAt)
  // Batches of a removed member are dropped, also those that wait.
  await upload(simulator, 'unseen.txt')
  await until(() => changes.stats(MINE)?.batches === 2, 'the batch')
  assert.deepEqual([changes.remove(MINE), changes.remove(MINE)], [true, false])
  assert.deepEqual([changes.state(MINE), changes.stats(MINE)], [undefined, undefined])
  const error = thrownBy(() => changes.hint(MINE))
  assert.equal(error.code, 'ERR_DRIVEBELL_STATE')
  assert.match(error.message, /not a member/)
  await uploadTo(simulator, 'b!team', 'seen.txt')
  assert.equal((await nextBatch(batches)).resource, TEAM)
})

it('a refused member of changesAll ends alone, and may start again', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const pairs = new Map([
    [GONE, 'start'],
    [MINE, 'now'],
  ])
  const changes = client.changesAll(pairs, IDLE)
  const batches = batchesOf(changes)
  const events = changes.events()
  const first = [await next(batches), await next(batches)]
  const end = first.find(({ error }) => error)
  assert.equal(end?.error?.code, 'ERR_DRIVEBELL_NOT_FOUND')
  const { resource, client: whose, error, ...rest } = end ?? assert.fail()
  assert.deepEqual([resource, whose === client], [GONE, true])
  assert.deepEqual(rest, {
    items: [],
    checkpoint: undefined,
    trigger: undefined,
    initial: false,
    caughtUp: false,
    snapshot: undefined,
    resyncCode: undefined,
  })
  const ended = await eventOf(events, 'ended')
  assert.deepEqual([ended.resource, ended.client === client, ended.error.message], [GONE, true, error?.message])
  assert.deepEqual([changes.state(GONE), changes.stats().ended], ['closed', 1])
  assert.equal(thrownBy(() => changes.hint(GONE)).code, 'ERR_DRIVEBELL_STATE')
  changes.add(GONE, { since: 'now' })
  assert.ok((await next(batches)).error)
  assert.equal(changes.remove(GONE), true)
  await upload(simulator, 'new.txt')
  assert.equal((await nextBatch(batches)).resource, MINE)
})

it('changesAll requests pages no faster than its slow consumer takes them', async () => {
  await using simulator = await start('--page-size', '5')
  await using client = clientOf(simulator)
  const resources = [MINE, Resource.driveList('b!me'), TEAM]
  const changes = changesOf(client, resources, { since: 'start', maxConcurrentQueries: 1 })
  const batches = batchesOf(changes)
  const first = await nextBatch(batches)
  const pages = (await simulator.requests()).filter(({ path }) => path.includes('delta'))
  assert.ok(pages.length <= 3, `${pages.length}`)
  const all = [first, ...(await untilCaughtUp(batches, first.caughtUp ? 2 : 3))]
  const ids = all.filter(({ resource }) => resource === MINE).flatMap(({ items }) => items.map(({ id }) => id))
  assert.deepEqual([ids.length, new Set(ids).size], [21, 21])
})

it('hint() wakes one member of changesAll', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = changesOf(client, [MINE, TEAM], { push: 'off' })
  const batches = batchesOf(changes)
  await untilCaughtUp(batches, 2)
  assert.equal(changes.stats().polling, 2)
  await uploadTo(simulator, 'b!team', 'new.txt')
  changes.hint(TEAM)
  const { resource, trigger } = await nextBatch(batches)
  assert.deepEqual([resource, trigger, changes.stats().hints], [TEAM, 'hint', 1])
})

it('changesAll() throws for a bad argument, and names it', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const pairs = (...all: [unknown, unknown][]) => all
  const cases: [argument: string, resources: unknown, options?: unknown][] = [
    ['since', [MINE]],
    ['since', [MINE], { since: 'yesterday' }],
    ['since', pairs([MINE, 'yesterday'])],
    ['since', pairs([MINE, 'now']), { since: 'now' }],
    // Two objects, and one resource.
    ['since', pairs([MINE, 'now'], [Resource.myDrive(), 'start'])],
    ['resource', ['/me/drive'], { since: 'now' }],
    ['resources', MINE, { since: 'now' }],
    ['resources', null, { since: 'now' }],
    ['resource', [Resource.path('/x/subscriptions/socketIo')], { since: 'now' }],
    ['options', [], null],
    ['signal', [], { signal: 7 }],
    ['maxConcurrentQueries', [], { maxConcurrentQueries: 0 }],
    ['push', [], { push: 'on' }],
    ['abort', [], { abort: 7 }],
  ]
  for (const [argument, resources, options] of cases) {
    const error = thrownBy(() => client.changesAll(resources as never, options as never))
    assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', argument], error.message)
  }
  for (const resources of [MINE, 7]) {
    assert.equal(thrownBy(() => client.subscribeAll(resources as never)).argument, 'resources')
    assert.equal(thrownBy(() => client.mirrorAll(resources as never, 'drive.db')).argument, 'resources')
  }
  assert.equal((await simulator.requests()).length, 0)
  const changes = changesOf(client, [MINE, Resource.myDrive()])
  assert.equal(changes.size, 1)
  const bad: [argument: string, call: () => unknown][] = [
    ['since', () => changes.add(MINE, { since: 'start' })],
    ['since', () => changes.add(TEAM, undefined as never)],
    ['resource', () => changes.add('me' as never, { since: 'now' })],
    ['client', () => changes.add(TEAM, { since: 'now', client: 'kim' as never })],
    ['client', () => changes.state(TEAM, { client: 7 as never })],
    ['user', () => changes.remove(TEAM, { user: client } as never)],
  ]
  for (const [argument, call] of bad) assert.equal(thrownBy(call).argument, argument)
})

for (const what of ['close()', 'the signal', 'the client', 'the loop'] as const) {
  it(`changesAll ends by ${what}, and leaves nothing open`, async () => {
    await using simulator = await start()
    const client = clientOf(simulator)
    const controller = new AbortController()
    const changes = changesOf(client, [MINE, TEAM], { signal: controller.signal })
    const batches = batchesOf(changes)
    const events = changes.events()
    await untilCaughtUp(batches, 2)
    for (const _ of [1, 2]) await eventOf(events, 'connected')
    assert.equal(thrownBy(() => batchesOf(changes)).code, 'ERR_DRIVEBELL_STATE')
    const waiting = [batches.next(), events.next()]
    if (what === 'close()') await changes.close()
    else if (what === 'the signal') controller.abort()
    else if (what === 'the client') await client.close()
    else await batches.return?.()
    if (what === 'the signal') await assertAborted(waiting.shift(), controller.signal.reason)
    for (const each of waiting) assert.equal((await within<{ done?: boolean }>(each, 'the end')).done, true)
    await within(changes.close(), 'closed')
    await until(async () => (await simulator.connected()) === 0, 'the goodbye')
    assert.equal(thrownBy(() => changes.add(MINE, { since: 'now' })).code, 'ERR_DRIVEBELL_STATE')
    assert.deepEqual([changes.size, changes.members()], [0, []])
    await client.close()
  })
}

it('changesAll() throws if the signal is aborted or the client is closed', async () => {
  await using simulator = await start()
  const client = clientOf(simulator)
  const reason = new Error('mine')
  const signal = AbortSignal.abort(reason)
  assert.equal(await rejection((async () => changesOf(client, [], { signal }))()), reason)
  await client.close()
  assert.equal(thrownBy(() => changesOf(client, [])).code, 'ERR_DRIVEBELL_STATE')
})

it('closing a client removes its members from the changes of another', async () => {
  await using simulator = await start(...USERS)
  await using alex = clientOf(simulator, { credential: ALEX.token })
  const kim = alex.withCredential(KIM.token)
  const changes = changesOf(alex, [MINE]).add(MINE, { since: 'now', client: kim })
  const batches = batchesOf(changes)
  await untilCaughtUp(batches, 2)
  await kim.close()
  assert.deepEqual(
    changes.members().map(({ client }) => client === alex),
    [true],
  )
  assert.equal(thrownBy(() => changes.add(MINE, { since: 'now', client: kim })).code, 'ERR_DRIVEBELL_STATE')
  await uploadTo(simulator, ALEX.drive, 'new.txt')
  assert.equal((await nextBatch(batches)).client, alex)
})

it('changesAll keeps the process alive while a loop waits, and not after it was left', async () => {
  await using simulator = await start()
  const run = (source: string) =>
    runModule(
      `import { Client, Resource } from 'drivebell'
       const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
       const changes = client.changesAll([Resource.myDrive()], { since: 'now' })
       ${source}`,
      {},
    )
  const left = await run('for await (const { trigger } of changes) { console.log(trigger); break }')
  assert.deepEqual([left.code, left.stdout, left.stderr], [0, 'start\n', ''])
  const waits = await run('setTimeout(() => process.exit(7), 500).unref(); for await (const batch of changes);')
  assert.equal(waits.code, 7)
})
