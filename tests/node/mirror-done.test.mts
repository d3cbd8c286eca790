/** A change of `client.mirror` is done when the next one is asked for. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Change, Client, MirrorOptions } from 'drivebell'
import { IDLE } from './support/changes.mjs'
import { until } from './support/deadline.mjs'
import { brief, changesOf, DRIVE, mirrorOf, nextOf, Scratch, start, take } from './support/drive-mirror.mjs'
import { clientOf } from './support/drivebell.mjs'
import { upload } from './support/mirror.mjs'

const words = (change: Change) => `${change.sequence} ${brief(change)}`

/** Takes changes in a loop that is left after `count`, and returns them. */
async function loop(client: Client, file: string, count: number, options: MirrorOptions = {}): Promise<string[]> {
  const taken: string[] = []
  const mirror = client.mirror(DRIVE, file, { ...IDLE, ...options })
  for await (const change of mirror) {
    taken.push(words(change))
    if (taken.length === count) break
  }
  await mirror.close()
  return taken
}

it('a loop that was left goes on with the change that it did not finish', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=30', '--page-size', '7')
  await using client = clientOf(simulator)
  const first = await loop(client, scratch.file(), 10)
  const second = await loop(client, scratch.file(), 1)
  assert.deepEqual(second, [first[9]])
  const third = await loop(client, scratch.file(), 21)
  assert.equal(third[0], first[9])
  assert.deepEqual(
    [...first, ...third.slice(1)].map((words) => Number.parseInt(words, 10)),
    Array.from({ length: 30 }, (_, index) => index + 1),
  )
  await upload(simulator, 'while-away.txt')
  assert.deepEqual(await loop(client, scratch.file(), 2), [third[20], '31 created /while-away.txt'])
})

it('an error in a loop leaves its change undone', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=5')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const failing = async () => {
    for await (const { sequence } of mirror) if (sequence === 3) throw new Error('mine')
  }
  await assert.rejects(failing(), { message: 'mine' })
  await mirror.close()
  assert.match((await loop(client, scratch.file(), 1)).join(), /^3 /)
})

it('batches have all changes, and are done when the next one is asked for', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=2500', '--page-size', '400')
  await using client = clientOf(simulator)
  const batch = async (mirror = mirrorOf(client, scratch)) => {
    for await (const changes of mirror.batches()) {
      await mirror.close()
      return changes.map(words)
    }
    throw new Error('no batch')
  }
  const silent = mirrorOf(client, scratch, { kinds: ['created'] })
  await silent.ready()
  await silent.close()
  const [first, again] = [await batch(), await batch()]
  assert.deepEqual(again.slice(0, first.length), first.slice(0, again.length))

  const mirror = mirrorOf(client, scratch)
  const batches = mirror.batches()
  const all: Change[] = []
  let largest = 0
  while (all.length < 2500) {
    const changes = await nextOf(batches)
    assert.ok(changes.length >= 1 && changes.length <= 1000)
    const { acknowledged } = mirror.stats()
    assert.ok(acknowledged === all.length, `${acknowledged} of ${all.length} are done`)
    all.push(...changes)
    largest = Math.max(largest, changes.length)
  }
  assert.ok(largest >= 400, `a page is in one batch, not ${largest}`)
  assert.deepEqual(
    all.map(({ sequence }) => sequence),
    Array.from({ length: 2500 }, (_, index) => index + 1),
  )
  const waiting = nextOf(batches)
  await until(() => mirror.stats().acknowledged === 2500, 'the last batch is done')
  await upload(simulator, 'new.txt')
  assert.deepEqual((await waiting).map(brief), ['created /new.txt'])
  await mirror.close()
  assert.deepEqual([mirror.stats().acknowledged, mirror.stats().outbox], [2500, 1])
})

it('a change is done soon after the next one was asked for, also if that one takes long', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=50')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const changes = changesOf(mirror)
  await mirror.ready()
  for (const count of [1, 5, 30]) {
    const [last] = (await take(changes, count)).slice(-1)
    await until(() => mirror.stats().acknowledged === (last as Change).sequence - 1, 'all but the last are done')
  }
  assert.equal(mirror.stats().acknowledged, 35)
})

it('closing notes exactly what is done', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=50')
  await using client = clientOf(simulator)
  for (const done of [7, 8, 20]) {
    const mirror = mirrorOf(client, scratch)
    const changes = changesOf(mirror)
    while ((await nextOf(changes)).sequence !== done + 1);
    await mirror.close()
    assert.equal(mirror.stats().acknowledged, done)
  }
})

it('two calls of next get two changes', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=5')
  await using client = clientOf(simulator)
  const changes = changesOf(mirrorOf(client, scratch))
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => nextOf(changes)))
  assert.deepEqual(
    all.map(({ sequence }) => sequence),
    [1, 2, 3, 4, 5],
  )
})

it('nothing of what was not done is lost while other changes come', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  await upload(simulator, 'a.txt')
  const [first] = await loop(client, scratch.file(), 1)
  await upload(simulator, 'a.txt', 'other')
  await upload(simulator, 'b.txt')
  const again = await loop(client, scratch.file(), 3)
  assert.equal(again[0], first)
  assert.deepEqual(
    new Set(again.slice(1).map((words) => words.slice(2))),
    new Set(['modified /a.txt', 'created /b.txt']),
  )
})
