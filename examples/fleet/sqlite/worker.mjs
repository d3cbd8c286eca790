/**
 * Follows drives together with other processes on this machine. Start it twice, in two terminals:
 *
 *   node worker.mjs drives.db one b!me b!team
 *   node worker.mjs drives.db two b!me b!team
 *
 * Each drive is followed by one of them. Stop one, or kill it with `kill -9`: the other goes on with its drives,
 * each from where it was. What was under way when it was killed comes again, and nothing is lost.
 */
import { Client, Resource, SqliteStore } from 'drivebell'

const [file, worker, ...ids] = process.argv.slice(2)
if (ids.length === 0) throw new Error('missing arguments: node worker.mjs FILE NAME DRIVE...')

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
// The loop ends when the client is closed, and the other process gets the drives at once.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close())

const changes = client.changesShared(
  ids.map((id) => Resource.drive(id)),
  new SqliteStore(file),
  { since: 'start', worker },
)
for await (const batch of changes) {
  if (batch.error) {
    console.error(`${batch.resource} is refused: ${batch.error.message}`)
    continue
  }
  // Handle the items here: the batch is done when the loop asks for the next one.
  for (const item of batch.items) {
    console.log(`${batch.resource} ${item.deleted ? 'deleted' : 'changed'} ${item.name ?? item.id}`)
  }
  const { length } = changes.owned()
  if (batch.caughtUp) console.log(`${worker} follows ${length} of ${changes.size} drives`)
}
