// Enumerates the drive with drivebell, and reads all fields of each item (READ=all) or its JSON
// object alone (READ=raw).
import { Client, Resource } from 'drivebell'
import { measure } from './enumeration.mjs'

// biome-ignore format: a list of names
const fields = [
  'id', 'deleted', 'parentId', 'driveId', 'name', 'size', 'isFile', 'isFolder', 'isPackage', 'isRoot',
  'mimeType', 'childCount', 'hashes', 'eTag', 'cTag', 'createdAt', 'modifiedAt', 'createdBy',
  'modifiedBy', 'shared', 'remoteItem', 'webUrl',
]
const reads = {
  all: (item) => fields.reduce((found, field) => found + Number(item[field] !== undefined), 0),
  raw: (item) => Object.keys(item.raw).length,
}
const read = reads[process.env.READ]

await measure(async (enumeration) => {
  const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
  for await (const { items, caughtUp } of client.changes(Resource.myDrive(), { since: 'start' })) {
    for (const item of items) enumeration.count(read(item))
    if (caughtUp) break
  }
})
