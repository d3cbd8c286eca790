// Enumerates the drive with Microsoft's client, as its documentation says.
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
import { measure } from './enumeration.mjs'

await measure(async (enumeration) => {
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
  const first = await client.api('/me/drive/root/delta').get()
  // The client recognises a link only by its https; our loopback links become paths.
  const follower = { api: (link) => client.api(link.slice(`${process.env.GRAPH_URL}/v1.0`.length)) }
  const pages = new PageIterator(follower, first, ({ id, name, size, parentReference, lastModifiedDateTime }) => {
    enumeration.add(id, name, size, parentReference?.id, new Date(lastModifiedDateTime))
    return true
  })
  await pages.iterate()
  // End of setup.
})
