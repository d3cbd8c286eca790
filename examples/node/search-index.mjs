/**
 * Keeps a search index of the names in a drive, and searches it:
 *
 *   node search-index.mjs FILE            follow the drive, with the index in FILE
 *   node search-index.mjs FILE WORDS...   search
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Client, Resource } from 'drivebell'
import MiniSearch from 'minisearch'

/** How often a long enumeration is saved, in milliseconds. Unsaved items come again after a restart. */
const SAVE_INTERVAL = 10_000

const OPTIONS = { fields: ['name'], storeFields: ['name'], searchOptions: { prefix: true, combineWith: 'AND' } }

const [file, ...words] = process.argv.slice(2)
if (file === undefined) throw new Error('missing argument: the FILE that keeps the index')
const { index, marks, checkpoint } = await load()

if (words.length > 0) {
  for (const { name } of index.search(words.join(' '))) console.log(name)
} else {
  await follow()
}

async function follow() {
  const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
  let saved = Date.now()
  for await (const batch of client.changes(Resource.myDrive(), { since: checkpoint })) {
    for (const item of batch.items) {
      if (item.deleted) remove(item.id)
      else put(item.id, item.name, batch.snapshot)
    }
    if (batch.caughtUp) sweep(batch.snapshot)
    if (batch.caughtUp || Date.now() - saved > SAVE_INTERVAL) {
      await save(batch.checkpoint)
      saved = Date.now()
    }
    if (batch.caughtUp) console.log(`up to date: ${index.documentCount} items`)
  }
}

function put(id, name, snapshot) {
  if (index.has(id)) index.replace({ id, name })
  else index.add({ id, name })
  // A resource without snapshots is never swept.
  marks.set(id, snapshot ?? '')
}

function remove(id) {
  if (index.has(id)) index.discard(id)
  marks.delete(id)
}

/** Removes the items that the latest enumeration has not brought again: they were deleted without a notice. */
function sweep(snapshot) {
  if (snapshot === undefined) return
  for (const [id, mark] of marks) if (mark < snapshot) remove(id)
}

/** Replaces the file with index and checkpoint in one step, so that they always belong together. */
async function save(checkpoint) {
  const text = JSON.stringify({ checkpoint, marks: [...marks], index })
  await writeFile(`${file}.new`, text, { flush: true })
  await rename(`${file}.new`, file)
}

async function load() {
  try {
    const { checkpoint, marks, index } = JSON.parse(await readFile(file, 'utf8'))
    return { checkpoint, marks: new Map(marks), index: MiniSearch.loadJS(index, OPTIONS) }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { checkpoint: 'start', marks: new Map(), index: new MiniSearch(OPTIONS) }
  }
}
