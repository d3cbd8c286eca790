/** Only on the simulator: the drives of the other server are empty. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { it } from 'node:test'
import { inspect } from 'node:util'
import { type Changes, Resource } from 'drivebell'
import { runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { CHANGES_OPTIONS } from './support/declared-options.mjs'
import { assertAborted, clientOf, failure, rejection, signOutClientOf, thrownBy } from './support/drivebell.mjs'
import { batchesOf, change, itemsOf, Mirror, nextOf, QUICK, upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

function start(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', '--seed', 'b!me=100', ...options)
}

it('changes give every item, and then each change', async () => {
  await using simulator = await start('--page-size', '30', '--delta-empty-pages', '--delta-duplicates')
  await using client = clientOf(simulator)
  const batches = batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK }))
  const mirror = new Mirror()
  await within(mirror.follow(batches, simulator), 'the enumeration')
  assert.equal(mirror.rows.size, (await itemsOf(simulator)).size)
  assert.ok(mirror.batches >= 4)
  for (const number of [0, 1, 2]) await upload(simulator, `new-${number}.txt`)
  await within(mirror.follow(batches, simulator), 'the uploads')
  await change(simulator, 'PATCH', '/root:/new-0.txt:', { name: 'renamed.txt' })
  await change(simulator, 'DELETE', '/root:/new-1.txt:', {})
  await within(mirror.follow(batches, simulator), 'the other changes')
})

it('changes continue from a checkpoint in the middle of the enumeration', async () => {
  await using simulator = await start('--page-size', '20')
  await using client = clientOf(simulator)
  const mirror = new Mirror()
  for await (const batch of client.changes(DRIVE, { since: 'start', ...QUICK })) {
    mirror.apply(batch)
    if (mirror.batches === 3) break
  }
  await upload(simulator, 'while-away.txt')
  const since = mirror.checkpoint as string
  assert.match(since, /^drivebell1\./)
  const batches = batchesOf(client.changes(DRIVE, { since, ...QUICK }))
  await within(mirror.follow(batches, simulator), 'the other items')
})

it('changes continue from a checkpoint of the first version', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const { checkpoint } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })))
  const [prefix, encoded] = checkpoint.split('.') as [string, string]
  const { resource, link, snapshot } = JSON.parse(Buffer.from(encoded, 'base64url').toString())
  const old = Buffer.from(JSON.stringify({ resource, link, snapshot })).toString('base64url')
  await upload(simulator, 'while-away.txt')
  const batch = await nextOf(batchesOf(client.changes(DRIVE, { since: `${prefix}.${old}`, ...QUICK })))
  assert.ok(batch.items.some(({ name }) => name === 'while-away.txt'))
  assert.equal(batch.snapshot, snapshot)
})

it('changes have a new snapshot after Graph expires the delta link', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const batches = batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK }))
  const first = await nextOf(batches)
  assert.equal(first.initial, true)
  const mirror = new Mirror()
  mirror.apply(first)
  await within(mirror.follow(batches, simulator), 'the enumeration')
  await simulator.fault({ action: { answer: { status: 410 } }, on: 'delta', times: 1 })
  await upload(simulator, 'after.txt')
  let batch = await nextOf(batches)
  while (batch.resyncCode === undefined) batch = await nextOf(batches)
  assert.equal(batch.resyncCode, 'resyncChangesApplyDifferences')
  assert.equal(batch.initial, false)
  assert.ok((batch.snapshot as string) > (first.snapshot as string))
  mirror.apply(batch)
  await within(mirror.follow(batches, simulator), 'the new enumeration')
})

it('changes since now begin with the next change', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const batches = batchesOf(client.changes(DRIVE, { since: 'now', ...QUICK }))
  const { items, trigger, caughtUp, snapshot } = await nextOf(batches)
  assert.deepEqual(
    { items, trigger, caughtUp, snapshot },
    { items: [], trigger: 'start', caughtUp: true, snapshot: undefined },
  )
  await upload(simulator, 'new.txt')
  const batch = await within(nextOf(batches), 'the change')
  assert.ok(batch.items.some(({ name }) => name === 'new.txt'))
})

it('changes respect Retry-After in the middle of paging', async () => {
  await using simulator = await start('--page-size', '20')
  await simulator.fault({ action: { answer: { status: 429, retryAfter: 1 } }, on: 'delta', skip: 2, times: 1 })
  await using client = clientOf(simulator)
  const mirror = new Mirror()
  const began = Date.now()
  await within(mirror.follow(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })), simulator), 'all')
  assert.ok(Date.now() - began >= 900)
})

it('changes request pages no faster than the consumer takes them', async () => {
  await using simulator = await start('--page-size', '5')
  await using client = clientOf(simulator)
  const batches = batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK }))
  await nextOf(batches)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const pages = (await simulator.requests()).filter(({ path }) => path.includes('/delta'))
  assert.ok(pages.length <= 4, `${pages.length}`)
})

it('items have the fields of Graph', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const { items } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })))
  const [root] = items
  const file = items.find((item) => item.type === 'driveItem' && item.isFile)
  assert.ok(root?.type === 'driveItem' && file?.type === 'driveItem')
  assert.ok(root.isRoot && root.isFolder && !root.isFile && root.parentId === undefined)
  assert.ok(file.modifiedAt instanceof Date && file.createdAt instanceof Date)
  assert.equal(file.raw.name, file.name)
  assert.equal(file.raw.id, file.id)
  assert.equal(new Date(file.raw.lastModifiedDateTime as string).getTime(), file.modifiedAt.getTime())
  assert.equal(file.raw.eTag, file.eTag)
  assert.equal(file.raw.cTag, file.cTag)
  assert.equal(typeof file.parentId, 'string')
  assert.equal(typeof file.size, 'number')
  assert.deepEqual([file.deleted, file.shared, file.isPackage, file.isRoot], [false, false, false, false])
  assert.equal(typeof file.hashes, 'object')
  assert.match(inspect(file), /^DriveItem .*file-0/s)
  assert.equal(JSON.parse(JSON.stringify(file)).name, file.name)
})

it('each item has its own JSON, whatever characters stand before it', async () => {
  await using simulator = await start()
  for (const name of ['é.txt', '🎉.txt', '日本語.txt', 'plain.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const { items } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })))
  assert.ok(items.some((item) => item.name === '🎉.txt'))
  for (const item of items) {
    assert.deepEqual([item.raw.id, item.raw.name], [item.id, item.name])
    assert.deepEqual(JSON.parse(item.rawText), item.raw)
  }
})

it('a detached item is the same without its page', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const { items } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })))
  const rows = await nextOf(batchesOf(client.changes(Resource.driveList('b!me'), { since: 'start', ...QUICK })))
  for (const item of [...items, ...rows.items]) {
    const detached = item.detached()
    assert.equal(detached.constructor, item.constructor)
    assert.equal(detached.rawText, item.rawText)
    assert.deepEqual(detached.toJSON(), item.toJSON())
  }
  assert.notDeepEqual(items[0], items[1])
})

it('changes of a list give list items', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const { items } = await nextOf(batchesOf(client.changes(Resource.driveList('b!me'), { since: 'start', ...QUICK })))
  assert.ok(items.length > 0)
  for (const item of items) {
    assert.equal(item.type, 'listItem')
    assert.ok(item.id !== '' && item.modifiedAt instanceof Date && item.raw.id === item.id)
  }
})

it('changes() throws for a bad argument, and names it', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const thrown = (options: unknown, resource: Resource = DRIVE) =>
    thrownBy(() => client.changes(resource, options as never))
  const { checkpoint } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'now', ...QUICK })))
  const cases: [argument: string, options: unknown, resource?: Resource][] = [
    ['since', undefined],
    ['options', null],
    ...[undefined, null, 7, '', 'begin', 'drivebell1.', 'drivebell1.e30'].map(
      (since) => ['since', { since }] as [string, unknown],
    ),
    ['since', { since: checkpoint }, Resource.drive('b!team')],
    ['resource', { since: 'start' }, Resource.path('/x/subscriptions/socketIo')],
    ['signal', { since: 'start', signal: 7 }],
    ['abort', { since: 'start', abort: 7 }],
    ['select', { since: 'start', select: 'name' }],
    ['select', { since: 'start', select: ['a&b'] }],
    ['pageSize', { since: 'start', pageSize: 0 }],
    ['pageSize', { since: 'start', pageSize: 1.5 }],
    ['prefer', { since: 'start', prefer: ['a\nb'] }],
    ['excludeParents', { since: 'start', excludeParents: 1 }],
    ...CHANGES_OPTIONS.flatMap(({ name, value }) =>
      [-1, Symbol('a')]
        .filter((wrong) => value !== 'text' || wrong !== -1)
        .map((wrong) => [name, { since: 'start', [name]: wrong }] as [string, unknown]),
    ),
    ['lagDelays', { since: 'start', lagDelays: 7 }],
    ['auditInterval', { since: 'start', auditInterval: 0 }],
    ['push', { since: 'start', push: 'on' }],
    ['push', { since: 'start', push: true }],
    ['lagDelays', { since: 'start', lagDelays: ['7'] }],
  ]
  for (const [argument, options, resource] of cases) {
    const error = thrown(options, resource)
    assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
    assert.equal(error.argument, argument, inspect(options))
  }
  assert.throws(() => client.changes('/me/drive' as never, { since: 'now' }), { argument: 'resource' })
  const options = {
    safetyInterval: Number.POSITIVE_INFINITY,
    select: ['name'],
    pageSize: 3,
    prefer: ['x'],
    excludeParents: true,
  }
  const { items } = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK, ...options })))
  assert.equal(items.length, 3)
})

it('changes throw a failure once, and end', async () => {
  await using simulator = await start()
  const { client, signOut, reason } = signOutClientOf(simulator)
  signOut()
  const batches = batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK }))
  const error = await within(failure(batches.next()), 'the failure')
  assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
  assert.equal(error.cause, reason)
  assert.deepEqual(await batches.next(), { done: true, value: undefined })
})

it('changes allow one loop', async () => {
  await using simulator = await start()
  await using client = clientOf(simulator)
  const changes = client.changes(DRIVE, { since: 'start', ...QUICK })
  batchesOf(changes)
  assert.equal(thrownBy(() => batchesOf(changes)).code, 'ERR_DRIVEBELL_STATE')
})

const ENDINGS: Record<string, (end: { changes: Changes; abort(): void; close(): Promise<void> }) => unknown> = {
  'the signal': ({ abort }) => abort(),
  'close()': ({ changes }) => changes.close(),
  'the end of a block': ({ changes }) => changes[Symbol.asyncDispose](),
  'closing the client': ({ close }) => close(),
}

for (const [name, end] of Object.entries(ENDINGS)) {
  it(`changes end by ${name}, and leave nothing open`, async () => {
    await using simulator = await start()
    const client = clientOf(simulator)
    const controller = new AbortController()
    const { signal } = controller
    const changes = client.changes(DRIVE, { since: 'now', signal, ...QUICK })
    const batches = batchesOf(changes)
    await nextOf(batches)
    const waiting = [batches.next(), batches.next()]
    await end({ changes, abort: () => controller.abort(), close: () => client.close() })
    if (name === 'the signal') await assertAborted(waiting.shift(), signal.reason)
    for (const next of waiting) assert.deepEqual(await within(next, 'the end'), { done: true, value: undefined })
    await within(changes.close(), 'closed')
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    await until(async () => (await simulator.connected()) === 0, 'the goodbye')
  })
}

it('changes() throws if the signal is aborted or the client is closed', async () => {
  await using simulator = await start()
  const client = clientOf(simulator)
  const reason = new Error('mine')
  const options = { since: 'now', signal: AbortSignal.abort(reason) }
  assert.equal(await rejection((async () => client.changes(DRIVE, options))()), reason)
  await client.close()
  assert.equal(thrownBy(() => client.changes(DRIVE, { since: 'now' })).code, 'ERR_DRIVEBELL_STATE')
})

it('changes keep the process alive while a loop waits, and not after it was left', async () => {
  await using simulator = await start()
  const run = (source: string) =>
    runModule(
      `import { Client, Resource } from 'drivebell'
       const client = new Client({ credential: '${TOKEN}', baseUrl: '${simulator.baseUrl}' })
       const changes = client.changes(Resource.myDrive(), { since: 'now' })
       ${source}`,
      {},
    )
  assert.deepEqual(await run('for await (const { trigger } of changes) { console.log(trigger); break }'), {
    code: 0,
    signal: null,
    stdout: 'start\n',
    stderr: '',
  })
  assert.equal((await run('const batches = changes[Symbol.asyncIterator](); await batches.next()')).code, 0)
  const waits = await run('setTimeout(() => process.exit(7), 500).unref(); for await (const batch of changes);')
  assert.equal(waits.code, 7)
})
