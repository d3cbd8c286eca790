import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** The first step to which the server does not respond. */
export type Stall = 'graph' | 'upgrade' | 'open' | 'join'

/**
 * A service that stops responding at a given step of subscribing. It is separate from the other services, because
 * npm socket.io cannot stop half-way.
 */
export class StallingServer {
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  /** Resolves when the phase is reached. */
  readonly reached: Promise<void>

  private constructor(stall: Stall) {
    let reach = (): void => {}
    this.reached = new Promise((resolve) => {
      reach = resolve
    })
    this.#server = createServer((_, response) => {
      if (stall === 'graph') return reach()
      response.setHeader('content-type', 'application/json')
      // Without idle connections, only the stalled one stays open.
      response.setHeader('connection', 'close')
      response.end(JSON.stringify({ notificationUrl: `${this.baseUrl}/notifications?token=s` }))
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      // A client that closes with unread data resets the connection, which is allowed.
      socket.on('error', () => {})
    })
    this.#server.on('upgrade', (request, socket) => {
      // The socket reports its end only if it is read.
      socket.on('end', () => socket.destroy()).resume()
      if (stall === 'upgrade') return reach()
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
          `sec-websocket-accept: ${acceptance(request.headers['sec-websocket-key'] ?? '')}\r\n\r\n`,
      )
      if (stall === 'open') return reach()
      socket.once('data', () => reach())
      socket.write(
        textFrame('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'),
      )
    })
  }

  static async start(stall: Stall): Promise<StallingServer> {
    const server = new StallingServer(stall)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when the client has closed its connections. */
  async abandoned(): Promise<void> {
    await Promise.all([...this.#sockets].map(closing))
  }

  stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** Without `once`, which rejects if the socket is reset before it closes. */
async function closing(socket: Duplex): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve))
}

function acceptance(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload])
}
