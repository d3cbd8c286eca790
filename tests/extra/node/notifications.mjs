/** Prints the kinds of three notifications, and what is in the drive: on each run time, from what npm installs. */
import { Client, Resource } from 'drivebell'

const { GRAPH_TOKEN: credential, GRAPH_URL: baseUrl } = process.env
const client = new Client({ credential, baseUrl })
const sub = await client.subscribe(Resource.myDrive())
for (let count = 0; count < 3; count += 1) {
  await fetch(`${baseUrl}/_simulator/notify?drive=b!me`, { method: 'POST' })
  for await (const note of sub) {
    if (note.kind !== 'changed') continue
    console.log(note.kind, String(note.resource))
    break
  }
}
for await (const batch of client.changes(Resource.myDrive(), { since: 'start' })) {
  for (const item of batch.items) console.log('there', item.name)
  if (batch.caughtUp) break
}
await client.close()
console.log('end')
