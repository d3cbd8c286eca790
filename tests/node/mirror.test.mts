/**
 * One walk through the binding: a program mirrors a drive that changes in every way, restarts, and
 * meets an expired delta link. The core's tests prove the same for random walks.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Resource } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf } from './support/drivebell.mjs'
import { batchesOf, change, itemsOf, Mirror, nextOf, QUICK, upload } from './support/mirror.mjs'
import { Simulator } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

it('a mirror stays equal to the drive', async () => {
  await using simulator = await Simulator.start(
    'simulator',
    ...['--seed', 'b!me=20', '--page-size', '7', '--delta-empty-pages', '--delta-duplicates'],
  )
  await using client = clientOf(simulator)
  const mirror = new Mirror()
  const follow = (what: string) => within(mirror.follow(batches, simulator), what)

  let changes = client.changes(DRIVE, { since: 'start', ...QUICK })
  let batches = batchesOf(changes)
  await follow('the enumeration')

  // Create.
  await createFolder(simulator, '/root', 'reports')
  await createFolder(simulator, '/root', 'archive')
  await follow('the folders')
  await createFolder(simulator, `/items/${idOf(mirror, 'reports')}`, 'drafts')
  for (const name of ['zwölf.txt', 'a b.txt', "it's.txt", '100 %.txt']) await upload(simulator, `reports/${name}`, 'x')
  await follow('the uploads')
  const reports = idOf(mirror, 'reports')
  const archive = idOf(mirror, 'archive')
  const drafts = idOf(mirror, 'drafts')

  // Replace, rename and move.
  const renamed = idOf(mirror, 'zwölf.txt')
  await upload(simulator, 'reports/a b.txt', 'longer than before')
  await update(simulator, renamed, { name: 'dreizehn.txt' })
  await update(simulator, idOf(mirror, "it's.txt"), { parentReference: { id: drafts } })
  await update(simulator, drafts, { name: 'notes', parentReference: { id: archive } })
  await follow('the updates')
  assert.deepEqual(mirror.rows.get(renamed), { name: 'dreizehn.txt', parent: reports, size: 1 })
  assert.equal(mirror.rows.get(idOf(mirror, "it's.txt"))?.parent, drafts)
  assert.deepEqual(mirror.rows.get(drafts), { name: 'notes', parent: archive, size: 1 })

  // Delete a file, and a folder with everything in it.
  await remove(simulator, renamed)
  await remove(simulator, archive)
  await follow('the deletions')
  assert.ok([renamed, archive, drafts].every((id) => !mirror.rows.has(id)))

  // The program stops, and starts again from its checkpoint.
  await changes.close()
  await upload(simulator, 'while-away.txt', 'new')
  await remove(simulator, idOf(mirror, 'a b.txt'))
  const known = mirror.batches
  changes = client.changes(DRIVE, { since: mirror.checkpoint as string, ...QUICK })
  batches = batchesOf(changes)
  await follow('the changes from the checkpoint on')
  assert.ok(mirror.batches > known)

  // The connection is lost, and changes are not announced.
  await simulator.end('disconnect')
  await upload(simulator, 'unannounced.txt', 'new')
  await follow('the change after a disconnect')

  // Graph expires the delta link. A deletion is then only missing from the new enumeration.
  await simulator.fault({ action: { answer: { status: 410 } }, on: 'delta', times: 1 })
  const swept = idOf(mirror, 'unannounced.txt')
  await remove(simulator, swept)
  let batch = await within(nextOf(batches), 'the new enumeration')
  mirror.apply(batch)
  while (batch.resyncCode === undefined) {
    batch = await within(nextOf(batches), 'the new enumeration')
    mirror.apply(batch)
  }
  await follow('the new enumeration')

  assert.ok(!mirror.rows.has(swept))
  assert.deepEqual(new Map(mirror.rows), await itemsOf(simulator))
})

function idOf(mirror: Mirror, name: string): string {
  for (const [id, row] of mirror.rows) if (row.name === name) return id
  throw new Error(`the mirror has no ${name}`)
}

function createFolder(simulator: Simulator, parent: string, name: string): Promise<void> {
  return change(simulator, 'POST', `${parent}/children`, { name, folder: {} })
}

function update(simulator: Simulator, id: string, update: object): Promise<void> {
  return change(simulator, 'PATCH', `/items/${id}`, update)
}

function remove(simulator: Simulator, id: string): Promise<void> {
  return change(simulator, 'DELETE', `/items/${id}`)
}
