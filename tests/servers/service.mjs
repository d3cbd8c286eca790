// The notification service on the reference implementation of Socket.IO: npm socket.io.
//
// It has the simulator's options and control API, so that one list of cases runs against both. Its
// drives are empty: a change only sends an event.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { parseArgs } from 'node:util'
import { answerControl } from './control.mjs'
import { addDrive } from './drives.mjs'
import { serveGraph } from './graph.mjs'
import { Push } from './push.mjs'
import { Recorder } from './recorder.mjs'

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    token: { type: 'string', multiple: true, default: [] },
    user: { type: 'string', multiple: true, default: [] },
    alias: { type: 'string', multiple: true, default: [] },
    payload: { type: 'string', default: 'observed' },
    argument: { type: 'string', default: 'string' },
    endpoint: { type: 'string', default: 'observed' },
    duplicate: { type: 'boolean', default: false },
    lifetime: { type: 'string', default: '3600' },
    'ping-interval': { type: 'string', default: '25000' },
    'ping-timeout': { type: 'string', default: '20000' },
    tls: { type: 'boolean', default: false },
    'exit-with-stdin': { type: 'boolean', default: false },
  },
})

// With TLS it also offers HTTP/2, as Microsoft's front ends do. A client that negotiates HTTP/2 cannot
// upgrade to a WebSocket.
const file = (name) => readFileSync(new URL(`tls/${name}`, import.meta.url))
const server = options.tls
  ? createSecureServer({ allowHTTP1: true, key: file('key.pem'), cert: file('cert.pem') })
  : createServer()
const origin = () => `${options.tls ? 'https://localhost' : 'http://127.0.0.1'}:${server.address().port}`
const users = new Map(options.user.map((user) => user.split('=')))
for (const drive of users.values()) addDrive(drive)
const recorder = new Recorder()
const push = new Push(server, options)

// Before socket.io's own listeners, so that upgrades are recorded as well.
server.prependListener('upgrade', (request) => recorder.record(request))
server.on('request', (request, response) => {
  const url = new URL(request.url, 'http://service')
  if (url.pathname.startsWith('/socket.io')) return recorder.record(request)
  const body = []
  request.on('data', (chunk) => body.push(chunk))
  request.on('end', () => {
    if (url.pathname.startsWith('/_simulator/')) {
      return answerControl(request, response, url, String(Buffer.concat(body)), { push, recorder })
    }
    recorder.record(request)
    serveGraph(request, response, url, { push, options, users, origin: origin() })
  })
})

function end() {
  push.close(() => process.exit(0))
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
if (options['exit-with-stdin']) process.stdin.on('end', () => process.exit(0)).resume()

server.listen(Number(options.port), '127.0.0.1', () => {
  console.log(`listening on ${origin()}`)
})
