/**
 * Keeps a table of the items in all drives of a fleet true, in SQLite:
 *
 *   NATS_URL=nats://127.0.0.1:4222 node consumer.mjs items.db
 *
 * It can be stopped or killed at any time, and goes on from there when it is started again. It needs Node 22.13, for
 * its own SQLite.
 */
import { DatabaseSync } from 'node:sqlite'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, nanos } from '@nats-io/transport-node'

const STREAM = 'drivebell-changes'
const CONSUMER = 'table'
const EVENT = 'io.github.drivebell.'
/** Message ids. A fleet repeats an event within minutes, if at all. */
const REMEMBERED = 100_000

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('missing argument: the FILE that keeps the table')

const table = new DatabaseSync(file)
table.exec(`
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS items (
    drive TEXT, id TEXT, name TEXT, parent TEXT, size INTEGER, snapshot TEXT, PRIMARY KEY (drive, id)
  );
  CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
`)
const remember = table.prepare('INSERT OR IGNORE INTO seen (id) VALUES (?)')
const forget = table.prepare('DELETE FROM seen WHERE number <= ?')
const replace = table.prepare('REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?)')
const remove = table.prepare('DELETE FROM items WHERE drive = ? AND id = ?')
const sweep = table.prepare("DELETE FROM items WHERE drive = ? AND coalesce(snapshot, '') < ?")

const connection = await connect({
  servers: process.env.NATS_URL ?? 'nats://127.0.0.1:4222',
  maxReconnectAttempts: -1,
})
const manager = await jetstreamManager(connection)
// With one message at a time the order is kept, whatever has to be delivered again. For more speed, give each of
// several consumers drives of its own: order matters within a drive only.
await manager.consumers.add(STREAM, {
  durable_name: CONSUMER,
  filter_subject: 'drivebell.changes.>',
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 1,
  ack_wait: nanos(5_000),
})
const consumer = await jetstream(connection).consumers.get(STREAM, CONSUMER)
const messages = await consumer.consume()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => messages.stop())

for await (const message of messages) {
  apply(message.json())
  // After the transaction: if it is killed in between, the event comes again.
  message.ack()
  if (message.info.pending === 0) console.log('up to date')
}
await connection.drain()

/** One event in one transaction, once. */
function apply(event) {
  table.exec('BEGIN')
  try {
    // A repeat has the id of the first.
    const { changes, lastInsertRowid } = remember.run(event.id)
    if (changes === 1) {
      forget.run(Number(lastInsertRowid) - REMEMBERED)
      write(event.type.slice(EVENT.length), event.subject, event.data)
    }
    table.exec('COMMIT')
  } catch (error) {
    table.exec('ROLLBACK')
    throw error
  }
}

function write(kind, id, { drive, item = {}, snapshot }) {
  if (kind === 'item.changed') {
    // Mark: the row was delivered by this snapshot. An item that is too large for a message comes without its JSON:
    // ask Graph for it.
    const { name = null, parentReference, size = null } = item
    replace.run(drive, id, name, parentReference?.id ?? null, size, snapshot)
  } else if (kind === 'item.deleted') {
    remove.run(drive, id)
  } else if (kind === 'snapshot.completed') {
    // Sweep: what an enumeration did not deliver is gone. Snapshots sort as strings.
    sweep.run(drive, snapshot)
  }
}
