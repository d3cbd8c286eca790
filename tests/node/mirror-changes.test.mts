/** What `client.mirror` says of what happens in a drive. Only on the simulator: the drives of the other server are empty. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { inspect } from 'node:util'
import type { Change } from 'drivebell'
import {
  brief,
  briefs,
  changesOf,
  createFolder,
  DRIVE,
  mirrorOf,
  nextOf,
  relocate,
  remove,
  Scratch,
  start,
  take,
} from './support/drive-mirror.mjs'
import { clientOf } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'

it('a mirror tells what is there, and what happens to it', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, 'Reports/plan.pdf')
  await using client = clientOf(simulator)
  const changes = changesOf(mirrorOf(client, scratch))
  const all = await take(changes, 2)
  const happens = async (...expected: string[]): Promise<Change> => {
    const taken = await take(changes, expected.length)
    assert.deepEqual(taken.map(brief), expected)
    all.push(...taken)
    return taken[0] as Change
  }
  assert.deepEqual(all.map(brief), ['created /Reports', 'created /Reports/plan.pdf'])

  await upload(simulator, 'notes.txt', 'first')
  assert.equal((await happens('created /notes.txt')).contentChanged, true)
  await upload(simulator, 'notes.txt', 'second')
  const modified = await happens('modified /notes.txt')
  assert.deepEqual([modified.contentChanged, modified.oldPath, modified.item.size], [true, undefined, 6])
  await relocate(simulator, '/notes.txt', '/ideas.txt')
  const renamed = await happens('renamed /notes.txt to /ideas.txt')
  assert.deepEqual([renamed.contentChanged, renamed.item.name], [false, 'ideas.txt'])
  await relocate(simulator, '/ideas.txt', '/Reports/ideas.txt')
  await happens('moved /ideas.txt to /Reports/ideas.txt')
  await relocate(simulator, '/Reports/ideas.txt', '/old.txt')
  await happens('moved /Reports/ideas.txt to /old.txt')
  await remove(simulator, '/old.txt')
  const deleted = await happens('deleted /old.txt')
  assert.deepEqual(
    [deleted.item.id, deleted.item.name, deleted.item.deleted, deleted.foundBy],
    [renamed.item.id, 'old.txt', true, undefined],
  )
  await createFolder(simulator, '/Reports/2026')
  const folder = await happens('created /Reports/2026')
  assert.deepEqual([folder.item.isFolder, folder.contentChanged], [true, false])

  assert.deepEqual(
    all.map(({ sequence }) => sequence),
    all.map((_, index) => index + 1),
  )
  for (const { resource, movedIn, movedOut, inherited, sharingChanged, descendants } of all) {
    assert.equal(resource, DRIVE)
    assert.deepEqual([movedIn, movedOut, inherited, sharingChanged, descendants], [false, false, false, false, 0])
  }
  assert.deepEqual(new Set(all.map(({ trigger }) => trigger)), new Set(['start', 'hint']))
})

it('a folder that is renamed, moved or deleted is one change', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  for (const name of ['a/b/c/1.txt', 'a/b/2.txt', 'a/3.txt', 'to/x.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent' })
  const changes = changesOf(mirror)
  await mirror.ready()
  await relocate(simulator, '/a/b', '/a/B2')
  const renamed = await nextOf(changes)
  assert.deepEqual([brief(renamed), renamed.descendants], ['renamed /a/b to /a/B2', 3])
  await relocate(simulator, '/a', '/to/a')
  const moved = await nextOf(changes)
  assert.deepEqual([brief(moved), moved.descendants], ['moved /a to /to/a', 5])
  assert.equal(mirror.get('/to/a/B2/c/1.txt')?.name, '1.txt')
  await remove(simulator, '/to')
  const deleted = await nextOf(changes)
  assert.deepEqual([brief(deleted), deleted.descendants], ['deleted /to', 7])
  assert.deepEqual([...mirror.walk()], [])
})

it('expand gives a change for each item in a folder too', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  for (const name of ['a/b/1.txt', 'a/2.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent', expand: true })
  const changes = changesOf(mirror)
  await mirror.ready()
  await relocate(simulator, '/a', '/c')
  const renamed = await take(changes, 4)
  assert.deepEqual([brief(renamed[0] as Change), renamed[0]?.inherited], ['renamed /a to /c', false])
  assert.ok(renamed.slice(1).every(({ inherited }) => inherited))
  const paths = renamed.map(({ path }) => path)
  assert.deepEqual([...paths].sort(), ['/c', '/c/2.txt', '/c/b', '/c/b/1.txt'])
  assert.ok(paths.indexOf('/c/b') < paths.indexOf('/c/b/1.txt'), 'parents come first')
  await remove(simulator, '/c')
  const deleted = await take(changes, 4)
  assert.ok(deleted.every(({ kind }) => kind === 'deleted'))
  const gone = deleted.map(({ path }) => path)
  assert.deepEqual([gone[3], [...gone].sort()], ['/c', ['/c', '/c/2.txt', '/c/b', '/c/b/1.txt']])
  assert.ok(gone.indexOf('/c/b/1.txt') < gone.indexOf('/c/b'), 'children come first')
})

it('a silent mirror tells only what changes afterwards', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=100')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent' })
  await mirror.ready()
  assert.deepEqual([mirror.stats().rows, mirror.stats().sequence], [101, 0])
  await upload(simulator, 'new.txt')
  const { path, sequence } = await nextOf(changesOf(mirror))
  assert.deepEqual([path, sequence], ['/new.txt', 1])
})

it('what comes without any difference is no change, and is counted', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, 'a/same.txt')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent' })
  await mirror.ready()
  await simulator.control('POST', 'touch?drive=b!me&path=/a/same.txt')
  await upload(simulator, 'a/new.txt')
  assert.deepEqual(await briefs(changesOf(mirror), 1), ['created /a/new.txt'])
  // The file; and the folder and the root, of which only the size and the time changed.
  assert.equal(mirror.stats().suppressed, 3)
})

it('a deletion that nobody reported is found by a resync', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  for (const name of ['gone.txt', 'stays.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent' })
  await mirror.ready()
  await simulator.fault({ action: { answer: { status: 410 } }, on: 'delta', times: 1 })
  await remove(simulator, '/gone.txt')
  const change = await nextOf(changesOf(mirror))
  assert.deepEqual([brief(change), change.foundBy], ['deleted /gone.txt', 'resync'])
  assert.equal(mirror.stats().drift, 1)
})

it('a deletion that nobody reported is found by an audit', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--delta-lose-tombstones', '1')
  for (const name of ['gone.txt', 'stays.txt']) await upload(simulator, name)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent', auditInterval: 500 })
  await mirror.ready()
  await remove(simulator, '/gone.txt')
  const change = await nextOf(changesOf(mirror))
  assert.deepEqual([brief(change), change.foundBy, change.trigger], ['deleted /gone.txt', 'audit', 'audit'])
})

it('a change can be shown and stored', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, '🎉 party.txt')
  await upload(simulator, 'plain.txt')
  await using client = clientOf(simulator)
  const changes = changesOf(mirrorOf(client, scratch))
  const [party, plain] = (await take(changes, 2)) as [Change, Change]
  const { item, ...fields } = JSON.parse(JSON.stringify(party))
  assert.deepEqual(fields, {
    resource: '/me/drive/root',
    sequence: 1,
    kind: 'created',
    path: '/🎉 party.txt',
    contentChanged: true,
    sharingChanged: false,
    descendants: 0,
    movedIn: false,
    movedOut: false,
    inherited: false,
    trigger: 'start',
  })
  assert.deepEqual([item.name, item.id, item.size], ['🎉 party.txt', party.item.id, 7])
  assert.equal(
    inspect(plain),
    `Change {
  kind: 'created',
  path: '/plain.txt',
  sequence: 2,
  resource: Resource(/me/drive/root),
  contentChanged: true,
  trigger: 'start'
}`,
  )
  await remove(simulator, '/plain.txt')
  assert.match(inspect(await nextOf(changes)), /^Change \{\n {2}kind: 'deleted',/)
})

it('an item of a change has what the mirror keeps, or everything with keepRaw', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, 'é.txt')
  await upload(simulator, '日本.txt')
  await using client = clientOf(simulator)
  const kept = await take(changesOf(mirrorOf(client, scratch)), 2)
  const raw = client.mirror(DRIVE, scratch.file('raw.db'), { keepRaw: true })
  const whole = await take(changesOf(raw), 2)
  for (const [index, { item }] of kept.entries()) {
    const other = whole[index]?.item
    assert.deepEqual(
      [item.id, item.name, item.size, item.eTag, item.cTag, item.parentId, item.modifiedAt, item.isFile, item.hashes],
      [
        other?.id,
        other?.name,
        other?.size,
        other?.eTag,
        other?.cTag,
        other?.parentId,
        other?.modifiedAt,
        true,
        other?.hashes,
      ],
    )
    assert.equal(item.webUrl, undefined)
    assert.equal(typeof other?.raw.webUrl, 'string')
  }
})

it('case and every character are kept, and a path is found in any case', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  const names = ['Straße', 'ÉTÉ', 'Ω', '日本語', '🎉', 'a b', '100 %', "it's", 'e\u0301']
  for (const name of names) await upload(simulator, `Mixed/${name}.txt`)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const changes = changesOf(mirror)
  const paths = (await take(changes, names.length + 1)).map(({ path }) => path)
  assert.deepEqual(paths.sort(), ['/Mixed', ...names.map((name) => `/Mixed/${name}.txt`)].sort())
  for (const name of names) {
    const item = mirror.get(`/mixed/${name.toLowerCase()}.TXT`)
    assert.equal(item?.name, `${name}.txt`)
    assert.equal(mirror.path(item.id), `/Mixed/${name}.txt`)
  }
  await relocate(simulator, '/Mixed', '/MIXED')
  assert.deepEqual(await briefs(changes, 1), ['renamed /Mixed to /MIXED'])
  assert.equal(mirror.path(mirror.get('/mixed/Ω.txt')?.id as string), '/MIXED/Ω.txt')
})
