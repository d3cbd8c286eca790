// Captures what a client sends to a notification URL: the target of its upgrade request, and its
// join. The official client runs in this process; any other client gets the URL from the Graph route.

import { createServer } from 'node:http'
import { io } from 'socket.io-client'
import { WebSocketServer } from 'ws'

const OPEN = { sid: 'engine', upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1000000 }

const server = createServer()
const sockets = new WebSocketServer({ noServer: true })
/** The path and query of the notification URL. */
let location = '/notifications'
let captured = withResolvers()

function withResolvers() {
  const deferred = {}
  deferred.promise = new Promise((resolve) => {
    deferred.resolve = resolve
  })
  return deferred
}

server.on('upgrade', (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => {
    socket.send(`0${JSON.stringify(OPEN)}`)
    socket.on('message', (data) => {
      const frame = String(data)
      if (!frame.startsWith('40')) return
      captured.resolve({ target: request.url, join: frame, version: request.httpVersion })
      socket.send(frame.includes('/') ? `${frame}{"sid":"socket"}` : '40{"sid":"socket"}')
    })
  })
})

server.on('request', async (request, response) => {
  const origin = `http://127.0.0.1:${server.address().port}`
  const { pathname, searchParams } = new URL(request.url, origin)
  const respond = (value) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
  if (pathname.endsWith('/subscriptions/socketIo')) {
    respond({ id: 'x', notificationUrl: origin + location })
  } else if (pathname === '/location') {
    location = searchParams.get('is')
    captured = withResolvers()
    respond({})
  } else if (pathname === '/official') {
    const socket = io(origin + location, { transports: ['websocket'], forceNew: true, reconnection: false })
    const capture = await captured.promise
    socket.disconnect()
    respond(capture)
  } else if (pathname === '/captured') {
    respond(await captured.promise)
  } else {
    response.writeHead(404).end()
  }
})

process.stdin.on('end', () => process.exit(0)).resume()
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
