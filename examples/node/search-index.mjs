/**
 * Keeps a search index of the files in a drive, and searches it:
 *
 *   node search-index.mjs FILE            follow the drive, with the index in FILE and the drive's tree in FILE.db
 *   node search-index.mjs FILE WORDS...   search
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Client, Resource } from 'drivebell'
import MiniSearch from 'minisearch'

const OPTIONS = { fields: ['path'], storeFields: ['path'], searchOptions: { prefix: true, combineWith: 'AND' } }

const [file, ...words] = process.argv.slice(2)
if (file === undefined) throw new Error('missing argument: the FILE that keeps the index')
const index = await load()

if (words.length > 0) {
  for (const { path } of index.search(words.join(' '))) console.log(path)
} else {
  await follow()
}

async function follow() {
  const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
  const mirror = client.mirror(Resource.myDrive(), `${file}.db`, { filesOnly: true })
  for await (const changes of mirror.batches()) {
    for (const { kind, path, item } of changes) {
      if (index.has(item.id)) index.discard(item.id)
      if (kind !== 'deleted') index.add({ id: item.id, path })
    }
    await save()
    console.log(`indexed: ${index.documentCount} files`)
  }
}

/** Replaces the file in one step. The batch is done when the loop asks for the next one: after this. */
async function save() {
  await writeFile(`${file}.new`, JSON.stringify(index), { flush: true })
  await rename(`${file}.new`, file)
}

async function load() {
  try {
    return MiniSearch.loadJSON(await readFile(file, 'utf8'), OPTIONS)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return new MiniSearch(OPTIONS)
  }
}
