import { Client, Resource } from 'drivebell'
import { endWithStdin, tell } from './tell.mjs'

endWithStdin()
const { GRAPH_TOKEN, GRAPH_URL } = process.env
try {
  // Setup:
  const client = new Client({ credential: GRAPH_TOKEN, baseUrl: GRAPH_URL })
  const sub = await client.subscribe(Resource.myDrive())
  for await (const event of sub.events()) {
    tell(event.type === 'notification' && event.kind === 'resync' ? 'resync' : event.type, event.reason)
  }
  // End of setup.
} catch (error) {
  tell('ended', error)
}
