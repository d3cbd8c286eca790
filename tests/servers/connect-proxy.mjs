// A forward proxy that supports only CONNECT. `GET /tunnels` lists the targets.

import { createServer } from 'node:http'
import { connect } from 'node:net'

const CREDENTIALS = `Basic ${Buffer.from('user:s3cr3t').toString('base64')}`
const tunnels = []

const server = createServer((request, response) => {
  const known = request.method === 'GET' && request.url === '/tunnels'
  response.writeHead(known ? 200 : 405, { 'content-type': 'application/json' })
  response.end(JSON.stringify(known ? tunnels : { error: 'this proxy supports only CONNECT' }))
})

server.on('connect', (request, client, head) => {
  if (request.headers['proxy-authorization'] !== CREDENTIALS) {
    return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  }
  tunnels.push(request.url)
  const { hostname, port } = new URL(`http://${request.url}`)
  const upstream = connect(port, hostname, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    upstream.write(head)
    upstream.pipe(client).pipe(upstream)
  })
  upstream.on('error', () => client.destroy())
  client.on('error', () => upstream.destroy())
})

process.stdin.on('end', () => process.exit(0)).resume()
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
