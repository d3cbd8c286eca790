// Finds the paths of items in a mirror.
import { Client, Resource } from 'drivebell'
import { timePaths } from './paths.mjs'

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
const mirror = client.mirror(Resource.myDrive(), process.env.FILE)
timePaths((id) => mirror.path(id))
await client.close()
