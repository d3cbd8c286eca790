// Keeps a table of a drive with Microsoft's client, as its documentation says.
import {
  Client,
  HTTPMessageHandler,
  PageIterator,
  RedirectHandler,
  RedirectHandlerOptions,
  RetryHandler,
  RetryHandlerOptions,
  TelemetryHandler,
} from '@microsoft/microsoft-graph-client'
import { Bell } from './bell.mjs'
import { Table } from './table.mjs'

const bell = new Bell()
const table = new Table(() => bell.audit())

// Setup:
// The default chain without the authentication handler, which sends tokens to https only.
const handlers = [new RetryHandler(new RetryHandlerOptions()), new RedirectHandler(new RedirectHandlerOptions())]
handlers.push(new TelemetryHandler(), new HTTPMessageHandler())
for (let at = 1; at < handlers.length; at += 1) handlers[at - 1].setNext(handlers[at])
const client = Client.initWithMiddleware({
  baseUrl: process.env.GRAPH_URL,
  middleware: handlers[0],
  fetchOptions: { headers: { Authorization: `Bearer ${process.env.GRAPH_TOKEN}` } },
})
// The client recognises a link only by its https; our loopback links become paths.
const path = (link) => link.slice(`${process.env.GRAPH_URL}/v1.0`.length)
const follower = { api: (link) => client.api(path(link)) }
let link = '/me/drive/root/delta'

async function look() {
  const first = await client.api(link).get()
  const pages = new PageIterator(follower, first, ({ id, deleted, name, parentReference, eTag }) => {
    if (deleted) table.remove(id)
    else table.put({ id, name, parent: parentReference?.id, eTag })
    bell.begun()
    return true
  })
  await pages.iterate()
  link = path(pages.getDeltaLink())
}
// End of setup.

await bell.run(look)
