/** What the bundlers of the tests get: it prints what is in a drive, and ends. */
import { Client, Resource } from 'drivebell'

async function main() {
  const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
  for await (const batch of client.changes(Resource.myDrive(), { since: 'start' })) {
    for (const item of batch.items) console.log(`there ${item.name}`)
    if (batch.caughtUp) break
  }
  await client.close()
  console.log('end')
}

main()
