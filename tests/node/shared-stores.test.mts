/** Stores that are written in JavaScript: good ones, and bad ones. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Checkpoint, type CheckpointStore, Client, MemoryStore, type Ownership, SqliteStore } from 'drivebell'
import { type Ended, runModule } from './support/child.mjs'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { MapStore, SlowMapStore } from './support/map-store.mjs'
import { COUNT, closed, DRIVES, follow, owns, put, startDrives } from './support/shared.mjs'
import { TOKEN } from './support/simulator.mjs'

const require = createRequire(import.meta.url)
const internal = (file: string) => require(join(dirname(require.resolve('drivebell')), file))
const { nativeStoreOf } = internal('shared/store.js')
const { run } = internal('runtime/operation.js')

/** What the contract says of a store; `undefined` if it is kept. */
async function verdict(store: CheckpointStore): Promise<string | undefined> {
  const native = nativeStoreOf(store)
  const { error } = await run((settle: unknown) => native.checkContractForTests(settle))
  return error?.message
}

function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drivebell-'))
  return use(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
}

it('stores in JavaScript keep the contract, with plain values and with promises', async () => {
  assert.equal(await verdict(new MapStore()), undefined)
  assert.equal(await verdict(new SlowMapStore()), undefined)
})

it('the contract finds what is wrong with a store', async () => {
  class Careless extends MapStore {
    override updateCheckpoint(checkpoint: Checkpoint): Checkpoint | undefined {
      const [stored] = this.listCheckpoints([checkpoint.partition])
      return super.updateCheckpoint({ ...checkpoint, revision: stored?.revision })
    }
  }
  assert.match((await verdict(new Careless())) ?? '', /^checkpoints: update_checkpoint writes/)
})

it('the built-in stores have the four calls for programs too', () =>
  inFolder(async (folder) => {
    const claim: Ownership = { partition: 'p', owner: 'me', epoch: 1, weight: 1 }
    const file = join(folder, 'drives.db')
    for (const store of [new MemoryStore(), new SqliteStore(pathToFileURL(file))]) {
      const [mine] = await store.claimOwnership([claim])
      const { revision, ...written } = mine as Ownership
      assert.deepEqual([written, typeof revision], [claim, 'string'])
      assert.deepEqual(await store.claimOwnership([claim]), [])
      assert.deepEqual(await store.listOwnership(), [mine])
      const first: Checkpoint = { partition: 'p', drive: 'd', checkpoint: 'c', epoch: 1, sequence: 0, memo: '' }
      const stored = await store.updateCheckpoint(first)
      assert.deepEqual({ ...stored, revision: undefined }, { ...first, revision: undefined })
      assert.equal(await store.updateCheckpoint(first), undefined)
      assert.deepEqual(await store.listCheckpoints(['p', 'q']), [stored])
      const bad = { ...claim, epoch: '1' } as unknown as Ownership
      assert.equal((await failure(store.claimOwnership([bad]))).argument, 'epoch')
      assert.equal((await failure(store.listCheckpoints('p'))).argument, 'partitions')
      const numbered = { ...first, revision: 7 }
      assert.equal((await failure(store.updateCheckpoint(numbered))).argument, 'revision')
      // One that is derived is asked by its own calls.
      assert.equal(await verdict(new (class extends MemoryStore {})()), undefined)
    }
    const again = new SqliteStore(file)
    assert.deepEqual([again.path, (await again.listOwnership()).length], [file, 1])
    assert.equal(thrownBy(() => new SqliteStore(folder)).argument, 'path')
    assert.equal(thrownBy(() => new SqliteStore('')).argument, 'path')
    const text = join(folder, 'text')
    writeFileSync(text, 'not a database, but quite long, so that it can be told from one'.repeat(40))
    const { code, storageCode } = thrownBy(() => new SqliteStore(text))
    assert.deepEqual([code, storageCode], ['ERR_DRIVEBELL_STORAGE', 'not_a_store'])
  }))

it('an object without one of the calls is refused by name, before anything starts', async () => {
  const client = new Client({ credential: 'token', baseUrl: 'http://127.0.0.1:9' })
  const cases: [store: unknown, problem: RegExp][] = [
    [undefined, /not undefined/],
    [null, /not null/],
    ['drives.db', /not a string/],
    [[], /not an array/],
    [MapStore, /pass an instance/],
    [Promise.resolve(new MapStore()), /must not be a promise: await it/],
    [{}, /has no listOwnership, claimOwnership, listCheckpoints, updateCheckpoint$/],
    [Object.assign(new MapStore(), { updateCheckpoint: 7 }), /this MapStore has no updateCheckpoint$/],
    [Object.create(MapStore.prototype, { listOwnership: { get: () => assert.fail() } }), /has no listOwnership$/],
  ]
  for (const [store, problem] of cases) {
    const error = thrownBy(() => client.changesShared(DRIVES, store as never, { since: 'now' }))
    assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', 'store'])
    assert.match(error.message, problem)
  }
})

it('a store may be away for a while, and nothing is lost', async () => {
  await using simulator = await startDrives()
  await using alex = clientOf(simulator)
  await using kim = clientOf(simulator)
  const inner = new MapStore()
  let away = false
  let refused = 0
  const answer = <T,>(value: () => T): T => {
    if (!away) return value()
    refused += 1
    throw new Error('the database is away')
  }
  const store: CheckpointStore = {
    listOwnership: () => answer(() => inner.listOwnership()),
    claimOwnership: async (claims) => answer(() => inner.claimOwnership(claims)),
    listCheckpoints: async (partitions) => answer(() => inner.listCheckpoints(partitions)),
    updateCheckpoint: (checkpoint) => answer(() => inner.updateCheckpoint(checkpoint)),
  }
  const one = follow(alex, store, { worker: 'one' })
  const two = follow(kim, store, { worker: 'two' })
  await owns(one.changes, COUNT / 2)
  await owns(two.changes, COUNT / 2)
  const sequences = () => [...inner.checkpoints.values()].map(({ sequence }) => sequence)
  await until(() => sequences().every((sequence) => sequence === 1), 'the first checkpoints')
  away = true
  for (const drive of DRIVES) await put(simulator, drive, `away-${DRIVES.indexOf(drive)}.txt`)
  const arrived = () => [...one.names, ...two.names].filter((name) => name.startsWith('away-'))
  // Some wait for others, whose checkpoints wait for the store.
  await until(() => refused > 10 && arrived().length > 0, 'failures, and a change')
  assert.ok(sequences().every((sequence) => sequence === 1))
  away = false
  await until(() => sequences().every((sequence) => sequence >= 2), 'the checkpoints move again')
  assert.equal(new Set(arrived()).size, COUNT)
  assert.deepEqual([one.changes.stats().lost, two.changes.stats().lost], [0, 0])
  await closed(one, two)
})

it('a store that never answers does not pile up calls, and holds up no end', async () => {
  await using simulator = await startDrives()
  await using client = clientOf(simulator)
  let calls = 0
  const promises: Promise<never>[] = []
  const hang = (): Promise<never> => {
    calls += 1
    // Kept, or they would be found to be garbage.
    const promise = new Promise<never>(() => {})
    promises.push(promise)
    return promise
  }
  const store = { listOwnership: hang, claimOwnership: hang, listCheckpoints: hang, updateCheckpoint: hang }
  const loop = follow(client, store, { leaseTime: 100 })
  await until(() => calls >= 64, '64 calls')
  // Meanwhile it would have been asked again and again.
  await closed(loop)
  assert.deepEqual([calls, promises.length, loop.elements.length], [64, 64, 0])
})

/** Runs with a store that is described by `source`, and returns what is logged. */
async function logOf(source: string): Promise<string> {
  await using simulator = await startDrives()
  const map = pathToFileURL(join(import.meta.dirname, 'support/map-store.mjs'))
  const ended: Ended = await runModule(
    `import { Client, Resource } from 'drivebell'
     import { MapStore } from '${map}'
     const client = new Client({ credential: process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
     const store = new MapStore()
     let told
     const enough = new Promise((resolve) => { told = resolve })
     ${source}
     const drive = Resource.drive('drive-00001')
     const changes = client.changesShared([drive], store, { since: 'start', leaseTime: 200 })
     const loop = (async () => { for await (const batch of changes) batch.items.length })()
     await enough
     await changes.close()
     await loop`,
    { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN, NODE_DEBUG: 'drivebell' },
  )
  assert.deepEqual([ended.code, ended.signal, ended.stdout], [0, null, ''], ended.stderr)
  return ended.stderr
    .split('\n')
    .filter((line) => line.includes('drivebell::store') || line.includes('drivebell_store'))
    .join('\n')
}

it('what a store throws or returns in a wrong shape is logged by name, without a checkpoint', async () => {
  const cases: [source: string, says: RegExp][] = [
    [
      "store.listOwnership = () => { setTimeout(told, 100); throw Object.assign(new RangeError('it is full'), { code: 'EFULL' }) }",
      /listOwnership\(\) threw RangeError \(EFULL\): it is full/,
    ],
    [
      'store.listOwnership = () => { setTimeout(told, 100) }',
      /listOwnership\(\) returned undefined, not an array of records/,
    ],
    [
      'store.listOwnership = () => { setTimeout(told, 100); return [7] }',
      /listOwnership\(\) returned a record that is a number, not an object/,
    ],
    [
      `const claim = store.claimOwnership.bind(store)
       store.claimOwnership = (claims) => { setTimeout(told, 100); return claim(claims).map((each) => ({ ...each, revision: undefined })) }`,
      /claimOwnership\(\) returned a record whose revision is undefined, not a string, a whole number or a bigint/,
    ],
    [
      `const claim = store.claimOwnership.bind(store)
       store.claimOwnership = (claims) => { setTimeout(told, 100); return claim(claims).map((each) => ({ ...each, epoch: 1.5 })) }`,
      /claimOwnership\(\) returned a record whose epoch is 1.5, not a whole number from 0/,
    ],
    [
      `store.updateCheckpoint = (checkpoint) => { setTimeout(told, 300); return true }`,
      /updateCheckpoint\(\) returned a boolean, not the checkpoint, nor null/,
    ],
    [
      `store.listCheckpoints = () => { setTimeout(told, 300); return [{ partition: 'p', drive: 'd', checkpoint: { secret: 'SECRET' } }] }`,
      /listCheckpoints\(\) returned a record whose checkpoint is an object, not a string/,
    ],
    [
      `const update = store.updateCheckpoint.bind(store)
       store.updateCheckpoint = (checkpoint) => {
         if (checkpoint.checkpoint === '') return update(checkpoint)
         setTimeout(told, 300)
         throw Object.assign(new Error('SECRET ' + checkpoint.checkpoint), { code: 'ECONNRESET', name: 'DatabaseError' })
       }`,
      /updateCheckpoint\(\) threw DatabaseError \(ECONNRESET\)$/m,
    ],
    [
      'store.listOwnership = () => { setTimeout(told, 100); throw Proxy.revocable({}, {}).proxy }',
      /listOwnership\(\) threw an object/,
    ],
  ]
  for (const [source, says] of cases) {
    const log = await logOf(source)
    assert.match(log, says, source)
    assert.doesNotMatch(log, /SECRET|token=/, source)
  }
})

it('a program that ends without closing does not hang, whatever its store does', async () => {
  await using simulator = await startDrives()
  const map = pathToFileURL(join(import.meta.dirname, 'support/map-store.mjs'))
  const prelude = `import { Client, MemoryStore, Resource } from 'drivebell'
     import { MapStore } from '${map}'
     const client = new Client({ credential: process.env.TOKEN, baseUrl: process.env.URL_OF_SIMULATOR })
     const share = (store) => client.changesShared([Resource.drive('drive-00001')], store, { since: 'start', leaseTime: 200 })
     const never = () => new Promise(() => {})
     const hanging = { listOwnership: never, claimOwnership: never, listCheckpoints: never, updateCheckpoint: never }
     `
  const cases = [
    "share(new MapStore()); console.log('end')",
    "for await (const batch of share(new MapStore())) { console.log('end'); break }",
    "for await (const batch of share(new MapStore())) { console.log('end'); process.exit() }",
    "share(hanging); setTimeout(() => console.log('end'), 300)",
    "const changes = share(hanging); setTimeout(async () => { await changes.close(); console.log('end') }, 100)",
  ]
  for (const source of cases) {
    const ended = await within(runModule(prelude + source, { URL_OF_SIMULATOR: simulator.baseUrl, TOKEN }), source)
    assert.deepEqual(ended, { code: 0, signal: null, stdout: 'end\n', stderr: '' }, source)
  }
})
