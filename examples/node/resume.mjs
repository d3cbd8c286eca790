/**
 * Prints what changes in a drive. After a restart or a crash, it goes on where it stopped:
 *
 *   node resume.mjs checkpoint
 *
 * The file `checkpoint` says where to go on. The first run makes it, and begins with what changes from then on. A
 * program that keeps a copy of the drive begins with `client.mirror` instead, as search-index.mjs does.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Client, Resource } from 'drivebell'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('missing argument: the FILE that keeps the checkpoint')

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
// The loop ends when the client is closed.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close())

for await (const batch of client.changes(Resource.myDrive(), { since: await checkpoint() })) {
  for (const item of batch.items) {
    console.log(`${item.deleted ? 'deleted' : 'changed'} ${item.name ?? item.id}`)
  }
  // After the items: if it is killed in between, they come again, and none is lost.
  await store(batch.checkpoint)
  if (batch.caughtUp) console.log('up to date')
}

async function checkpoint() {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return 'now'
  }
}

/** In one step, so that a crash leaves the old checkpoint or the new one. */
async function store(text) {
  await writeFile(`${file}.new`, text, { flush: true })
  await rename(`${file}.new`, file)
}
