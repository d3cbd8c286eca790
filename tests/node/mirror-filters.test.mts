/** Which changes `client.mirror` hands out. The mirror itself always holds the whole drive. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Change, MirrorOptions } from 'drivebell'
import {
  brief,
  briefs,
  changesOf,
  createFolder,
  mirrorOf,
  nextOf,
  pathsOf,
  relocate,
  remove,
  Scratch,
  start,
  take,
} from './support/drive-mirror.mjs'
import { clientOf } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'
import type { Simulator } from './support/simulator.mjs'

/** Runs `edits` on a drive that was mirrored silently, and returns `count` changes. */
async function changesAfter(
  files: readonly string[],
  options: MirrorOptions,
  edits: (simulator: Simulator) => Promise<void>,
  count: number,
): Promise<Change[]> {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  for (const file of files) await upload(simulator, file)
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { initial: 'silent', ...options })
  const changes = changesOf(mirror)
  await mirror.ready()
  await edits(simulator)
  const taken = await take(changes, count)
  const paths = [...mirror.walk()].map(([path]) => path)
  assert.deepEqual(paths.sort(), [...(await pathsOf(simulator)).keys()].sort())
  return taken
}

const moved = ({ movedIn, movedOut }: Change) => ({ movedIn, movedOut })

it('under chooses a folder, and what moves over its border is created or deleted', async () => {
  const changes = await changesAfter(
    ['Reports/1.txt', 'Reports/2.txt', 'other/3.txt'],
    { under: '/reports/' },
    async (simulator) => {
      await upload(simulator, 'other/unseen.txt')
      await relocate(simulator, '/other/3.txt', '/Reports/3.txt')
      await relocate(simulator, '/Reports/1.txt', '/other/1.txt')
      await relocate(simulator, '/Reports/2.txt', '/Reports/two.txt')
      await upload(simulator, 'Reports/last.txt')
    },
    4,
  )
  const known = new Map(changes.map((change) => [brief(change), moved(change)]))
  assert.deepEqual(
    known,
    new Map([
      ['created /Reports/3.txt', { movedIn: true, movedOut: false }],
      ['deleted /Reports/1.txt', { movedIn: false, movedOut: true }],
      ['renamed /Reports/2.txt to /Reports/two.txt', { movedIn: false, movedOut: false }],
      ['created /Reports/last.txt', { movedIn: false, movedOut: false }],
    ]),
  )
  assert.deepEqual(
    changes.map(({ sequence }) => sequence),
    [1, 2, 3, 4],
  )
})

it('include and exclude are globs on paths, and a rename can pass in and out', async () => {
  const changes = await changesAfter(
    ['a/1.pdf', 'a/2.txt', 'node_modules/3.pdf'],
    { include: ['*.PDF'], exclude: ['node_modules', '/a/secret*'] },
    async (simulator) => {
      await upload(simulator, 'node_modules/4.pdf')
      await upload(simulator, 'a/secret.pdf')
      await relocate(simulator, '/a/1.pdf', '/a/1.txt')
      await relocate(simulator, '/a/2.txt', '/a/2.pdf')
      await upload(simulator, 'b/c/last.pdf')
    },
    3,
  )
  assert.deepEqual(
    new Set(changes.map((change) => `${brief(change)} ${change.movedIn} ${change.movedOut}`)),
    new Set(['deleted /a/1.pdf false true', 'created /a/2.pdf true false', 'created /b/c/last.pdf false false']),
  )
})

it('kinds chooses the kinds of changes', async () => {
  const changes = await changesAfter(
    ['1.txt', '2.txt'],
    { kinds: ['renamed', 'deleted'] },
    async (simulator) => {
      await upload(simulator, '3.txt')
      await upload(simulator, '1.txt', 'other content')
      await relocate(simulator, '/1.txt', '/one.txt')
      await remove(simulator, '/2.txt')
    },
    2,
  )
  assert.deepEqual(new Set(changes.map(brief)), new Set(['renamed /1.txt to /one.txt', 'deleted /2.txt']))
})

it('without kinds, only the tree is kept', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, '1.txt')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch, { kinds: [] })
  await mirror.ready()
  assert.deepEqual([mirror.get('/1.txt')?.name, mirror.stats().sequence, mirror.stats().outbox], ['1.txt', 0, 0])
})

it('filesOnly gives the files of a folder instead of the folder', async () => {
  const changes = await changesAfter(
    ['a/1.txt', 'a/b/2.txt'],
    { filesOnly: true },
    async (simulator) => {
      await createFolder(simulator, '/empty')
      await relocate(simulator, '/a', '/c')
    },
    2,
  )
  assert.deepEqual(
    new Set(changes.map(brief)),
    new Set(['moved /a/1.txt to /c/1.txt', 'moved /a/b/2.txt to /c/b/2.txt']),
  )
  assert.ok(changes.every(({ inherited, descendants }) => inherited && descendants === 0))
})

it('a filter of a later start applies to what comes from then on', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await upload(simulator, 'a.txt')
  await using client = clientOf(simulator)
  const first = mirrorOf(client, scratch)
  assert.deepEqual(await briefs(changesOf(first), 1), ['created /a.txt'])
  await first.close()
  await using second = mirrorOf(client, scratch, { include: ['*.pdf'] })
  const changes = changesOf(second)
  assert.equal(brief(await nextOf(changes)), 'created /a.txt', 'it was not done')
  await upload(simulator, 'b.txt')
  await upload(simulator, 'b.pdf')
  const { path, sequence } = await nextOf(changes)
  assert.deepEqual([path, sequence], ['/b.pdf', 2])
})
