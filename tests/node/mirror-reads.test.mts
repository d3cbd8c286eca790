/** Reading the tree of `client.mirror`. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { eventOf, IDLE } from './support/changes.mjs'
import { until, within } from './support/deadline.mjs'
import { changesOf, DRIVE, mirrorOf, nextOf, pathsOf, remove, Scratch, start, take } from './support/drive-mirror.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'

it('a mirror is ready before anybody reads its changes, and has every item', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=2000', '--page-size', '100')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  assert.equal(mirror.stats().ready, false)
  await within(mirror.ready(), 'ready')
  await within(mirror.ready(), 'ready once more')
  const paths = await pathsOf(simulator)
  const walked = [...mirror.walk()]
  assert.deepEqual(new Map(walked.map(([path, { id }]) => [path, id])), paths)
  assert.equal(walked.length, paths.size)
  for (const [path, id] of [...paths].slice(0, 300)) {
    assert.equal(mirror.path(id), path)
    assert.equal(mirror.get({ id })?.id, id)
    assert.equal(mirror.get(path)?.id, id)
  }
  const { rows, sequence, acknowledged, outbox, ready, waiting, drift, fileSize, changes } = mirror.stats()
  assert.deepEqual(
    { rows, sequence, acknowledged, outbox, ready, waiting, drift },
    { rows: 2001, sequence: 2000, acknowledged: 0, outbox: 2000, ready: true, waiting: 0, drift: 0 },
  )
  assert.ok(fileSize > 100_000 && changes.items === 2001 && changes.lastItemsAt instanceof Date)
})

it('children and walk give a folder in order, and get gives items', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  for (const name of ['b/2.txt', 'b/1.txt', 'b/c/3.txt', 'a.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const mirror = client.mirror(DRIVE, pathToFileURL(scratch.file()), IDLE)
  await mirror.ready()
  const names = (path: string) => mirror.children(path).map(({ name }) => name)
  assert.deepEqual(
    [names('/'), names('/B'), names('/a.txt'), names('/none')],
    [['a.txt', 'b'], ['1.txt', '2.txt', 'c'], [], []],
  )
  const walked = (path?: string) => [...mirror.walk(path)].map(([path]) => path)
  assert.deepEqual(walked(), ['/a.txt', '/b', '/b/1.txt', '/b/2.txt', '/b/c', '/b/c/3.txt'])
  assert.deepEqual(walked('/B/'), ['/b/1.txt', '/b/2.txt', '/b/c', '/b/c/3.txt'])
  assert.deepEqual([walked('/none'), walked('/a.txt')], [[], []])
  const [[, first] = []] = mirror.walk()
  assert.deepEqual([first?.name, first?.size, first?.isFile, first?.type], ['a.txt', 7, true, 'driveItem'])
  const root = mirror.get('/')
  assert.deepEqual([root?.isRoot, root?.isFolder, mirror.path(root?.id as string)], [true, true, '/'])
  assert.deepEqual(
    [mirror.get('/none'), mirror.get({ id: 'none' }), mirror.path('none')],
    [undefined, undefined, undefined],
  )
})

it('walk reads while it is iterated over', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=3000', '--page-size', '1000')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { kinds: [] })
  await mirror.ready()
  const walk = mirror.walk()
  assert.equal(walk.next().value?.[0], '/folder-00001')
  const last = `/${mirror.children('/').at(-1)?.name}`
  await remove(simulator, last)
  await until(() => mirror.get(last) === undefined, 'the deletion')
  const paths = [...walk].map(([path]) => path)
  assert.ok(paths.length > 2000 && !paths.some((path) => path.startsWith(`${last}/`)), `${paths.length}`)
  // A walk that was left leaves nothing behind.
  for (const _ of mirror.walk()) break
  await within(mirror.close(), 'closed')
})

it('the tree is ahead of the changes, and stays readable after the end', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const changes = changesOf(mirror)
  await mirror.ready()
  for (const name of ['1.txt', '2.txt']) {
    await upload(simulator, name)
    await until(() => mirror.get(`/${name}`) !== undefined, name)
  }
  assert.deepEqual([mirror.stats().outbox, mirror.stats().acknowledged], [2, 0])
  await take(changes, 2)
  await mirror.close()
  assert.deepEqual(
    mirror.children('/').map(({ name }) => name),
    ['1.txt', '2.txt'],
  )
  assert.deepEqual([mirror.stats().acknowledged, mirror.state], [1, 'closed'])
})

it('a mirror has a state, events and hints', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { push: 'off' })
  const changes = changesOf(mirror)
  await mirror.ready()
  await until(() => mirror.state === 'polling', 'polling')
  await upload(simulator, 'new.txt')
  mirror.hint()
  assert.equal((await nextOf(changes)).trigger, 'hint')
  assert.deepEqual([mirror.stats().changes.hints, mirror.resource], [1, DRIVE])
  await mirror.close()
  assert.equal(thrownBy(() => mirror.hint()).code, 'ERR_DRIVEBELL_STATE')
  await using live = mirrorOf(client, scratch)
  const connected = await eventOf(live.events(), 'connected')
  assert.deepEqual([connected.resource, connected.client], [DRIVE, undefined])
})

it('ready() rejects if the mirror ends before', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await simulator.fault('hold=toServer,on=delta')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const ready = failure(mirror.ready())
  await mirror.close()
  assert.equal((await within(ready, 'the end')).code, 'ERR_DRIVEBELL_STATE')
  assert.equal((await failure(mirror.ready())).code, 'ERR_DRIVEBELL_STATE')

  const stranger = clientOf(simulator, { credential: 'another-token' })
  await simulator.release()
  const refused = mirrorOf(stranger, scratch)
  const error = await within(failure(refused.ready()), 'the refusal')
  assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
  const changes = changesOf(refused)
  assert.equal((await within(failure(changes.next()), 'the failure')).code, 'ERR_DRIVEBELL_AUTHENTICATION')
  assert.deepEqual(await changes.next(), { done: true, value: undefined })
  await stranger.close()
})
