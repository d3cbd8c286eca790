import { io } from 'socket.io-client'
import { connected, ended, fail, SESSIONS, saw } from './meter.mjs'

// So many connections are opened at once, as drivebell does by default.
const HANDSHAKES = 100

// Setup:
function handle(argument) {
  for (const note of JSON.parse(argument).value) {
    saw(note.subscriptionId, note.resource, note.expirationDateTime)
  }
}

function connect(joined) {
  // Each with a connection of its own, as those of different URLs have.
  const options = { transports: ['websocket'], reconnection: true, forceNew: true }
  const socket = io(process.env.NOTIFICATION_URL, options)
  socket.on('connect', joined)
  socket.on('notification', handle)
  socket.on('disconnect', (reason) => {
    ended(reason)
    // As the documentation asks: https://socket.io/docs/v4/client-socket-instance/#disconnect
    if (!socket.active) socket.connect()
  })
  socket.on('connect_error', fail)
}
// End of setup.

let begun = 0
function next() {
  if (begun === SESSIONS) return
  begun += 1
  connect(() => {
    connected()
    next()
  })
}
for (let turn = 0; turn < HANDSHAKES; turn += 1) next()
