// Keeps a table of the drive by hand: better-sqlite3 over drivebell's changes.
import Database from 'better-sqlite3'
import { Client, Resource } from 'drivebell'
import { start } from './enumeration.mjs'

const file = process.env.FILE
const { enumeration, report } = start()

// Setup:
const db = new Database(file)
db.pragma('journal_mode = WAL')
db.pragma('synchronous = NORMAL')
db.exec(`
CREATE TABLE IF NOT EXISTS item (
  id TEXT PRIMARY KEY, parent TEXT, name TEXT, is_folder INTEGER, size INTEGER,
  created INTEGER, modified INTEGER, etag TEXT, ctag TEXT
);
CREATE TABLE IF NOT EXISTS position (drive TEXT PRIMARY KEY, checkpoint TEXT);`)
const put = db.prepare('INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
const remove = db.prepare('DELETE FROM item WHERE id = ?')
const note = db.prepare("INSERT OR REPLACE INTO position VALUES ('me', ?)")

const store = db.transaction(({ items, checkpoint }) => {
  for (const item of items) {
    if (item.deleted) {
      remove.run(item.id)
      continue
    }
    const { id, parentId, name, isFolder, size, createdAt, modifiedAt, eTag, cTag } = item
    const times = [createdAt, modifiedAt].map((time) => time?.getTime() ?? null)
    put.run(id, parentId ?? null, name, isFolder ? 1 : 0, size ?? null, ...times, eTag ?? null, cTag ?? null)
  }
  note.run(checkpoint)
})

const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
for await (const batch of client.changes(Resource.myDrive(), { since: 'start' })) {
  store(batch)
  if (!batch.caughtUp) continue
  db.exec('CREATE INDEX IF NOT EXISTS item_parent ON item (parent)')
  break
}
// End of setup.
enumeration.keep(db.prepare('SELECT count(*) FROM item').pluck().get())
report()
db.close()
