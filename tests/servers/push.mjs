import { randomBytes, randomUUID } from 'node:crypto'
import { Server } from 'socket.io'
import { DRIVES } from './drives.mjs'
import { eventArgument } from './event.mjs'

const MAX_EVENTS = 10_000

/** The Socket.IO endpoint: its subscriptions, its sockets and their events. */
export class Push {
  events = []
  #io
  #options
  #subscriptions = new Map()

  constructor(server, options) {
    this.#options = options
    this.#io = new Server(server, {
      transports: ['websocket'],
      pingInterval: Number(options['ping-interval']),
      pingTimeout: Number(options['ping-timeout']),
      serveClient: false,
      allowRequest: (request, decide) => decide(null, this.#subscriptionOf(request) !== undefined),
    })
    this.#io.of(this.#namespace()).on('connection', (socket) => {
      const subscription = this.#subscriptionOf(socket.request)
      socket.join(subscription.drive)
      socket.data.subscription = subscription
    })
  }

  knows(drive) {
    return DRIVES.has(drive)
  }

  issue(drive, lifetime) {
    const subscription = {
      id: randomUUID(),
      drive,
      listId: DRIVES.get(drive),
      secret: randomBytes(24).toString('base64'),
      expiresAt: new Date(Date.now() + lifetime),
    }
    this.#subscriptions.set(subscription.secret, subscription)
    return subscription
  }

  sockets() {
    return [...this.#io.of(this.#namespace()).sockets.values()]
  }

  connected() {
    return this.sockets().length
  }

  notify(drive) {
    for (const socket of this.sockets()) {
      const { subscription } = socket.data
      if (subscription?.drive !== drive) continue
      const times = this.#options.duplicate ? 2 : 1
      for (let sent = 0; sent < times; sent += 1) {
        this.#log(subscription)
        socket.emit('notification', eventArgument(subscription, this.#options))
      }
    }
  }

  close(done) {
    this.#io.close(done)
  }

  #log({ id, drive }) {
    this.events.push({ subscriptionId: id, drive, emittedAtMicros: Date.now() * 1000 })
    if (this.events.length > MAX_EVENTS) this.events.shift()
  }

  #namespace() {
    return this.#options.endpoint === 'observed' ? '/notifications' : '/zbaehwg/callback'
  }

  #subscriptionOf(request) {
    const { searchParams } = new URL(request.url, 'http://service')
    const subscription = this.#subscriptions.get(searchParams.get('token') ?? searchParams.get('snthgk'))
    return subscription && subscription.expiresAt > new Date() ? subscription : undefined
  }
}
