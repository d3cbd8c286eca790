/**
 * A web page that shows the files of a drive and what happens to them, by server-sent events:
 *
 *   node live-page.mjs 8000
 *
 * Then open http://127.0.0.1:8000. The drive's tree is kept in `drive.db`.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { Client, Resource } from 'drivebell'
import Fastify from 'fastify'

/** How many changes may wait for a browser that reads slowly. */
const BEHIND = 20_000

/** What waits for a browser is its own, so that a slow one delays nobody. */
class Browser extends EventTarget {
  #waiting = []
  #ended = false

  publish(changes) {
    // It connects again, and then loads the whole list.
    if (this.#waiting.length > BEHIND) this.end()
    else if (!this.#ended) {
      this.#waiting.push(...changes)
      this.dispatchEvent(new Event('wake'))
    }
  }

  end() {
    this.#ended = true
    this.#waiting = []
    this.dispatchEvent(new Event('wake'))
  }

  async *events() {
    // The browser knows that it is connected when the first bytes arrive.
    yield ': connected\n\n'
    while (!this.#ended) {
      if (this.#waiting.length === 0) await once(this, 'wake')
      const changes = this.#waiting
      this.#waiting = []
      if (changes.length > 0) yield `data: ${JSON.stringify(changes)}\n\n`
    }
  }
}

const browsers = new Set()
const client = new Client({ credential: process.env.GRAPH_TOKEN, baseUrl: process.env.GRAPH_URL })
// Only files: a folder that is renamed comes as the changes of the files in it.
const mirror = client.mirror(Resource.myDrive(), 'drive.db', { filesOnly: true, initial: 'silent' })
// Streams that never end may not delay the end.
const app = Fastify({ forceCloseConnections: true })

app.get('/', (_, reply) => reply.type('text/html').send(createReadStream(new URL('live-page.html', import.meta.url))))

app.get('/files', async () => {
  await mirror.ready()
  return [...mirror.walk('/')].filter(([, item]) => item.isFile).map(([path]) => path)
})

app.get('/changes', (_, reply) => {
  const browser = new Browser()
  browsers.add(browser)
  const stream = Readable.from(browser.events())
  stream.once('close', () => {
    browsers.delete(browser)
    browser.end()
  })
  return reply.type('text/event-stream').send(stream)
})

app.addHook('onClose', () => client.close())
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close())

await app.listen({ port: Number(process.argv[2]) })
console.log(`open http://127.0.0.1:${process.argv[2]}`)

// It ends when the client is closed, and throws if Graph refuses the token for good.
for await (const batch of mirror.batches()) {
  const changes = batch.map(({ kind, path, oldPath }) => ({ kind, path, oldPath }))
  for (const browser of browsers) browser.publish(changes)
}
