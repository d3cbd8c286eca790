/**
 * Mirrors many drives in one SQLite file, across restarts, and prints what happens in them:
 *
 *   node many-drives.mjs drives.db DRIVE_ID DRIVE_ID...
 *
 * The token must be allowed to read all of them. For drives of other users, make a client for each user, by
 * `client.withCredential(…)`, and name it: `mirrors.add(Resource.drive(id), { client: other })`.
 */
import { Client, Resource } from 'drivebell'

const [file, ...drives] = process.argv.slice(2)
if (drives.length === 0) throw new Error('missing arguments: the FILE that keeps the trees, and ids of drives')

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
// The loop ends when the client is closed.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => client.close())

const resources = drives.map((id) => Resource.drive(id))
for await (const change of client.mirrorAll(resources, file)) {
  // Graph refuses this drive for good, or it is gone. The others go on.
  if (change.error) console.error(`${change.resource} has ended: ${change.error.message}`)
  // A change is done when the loop asks for the next one. Until then the file keeps it.
  else console.log(`${change.resource} ${change.kind} ${change.path}`)
}
