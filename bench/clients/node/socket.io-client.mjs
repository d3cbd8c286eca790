// Connects with socket.io-client and reports its events.
import { io } from 'socket.io-client'
import { endWithStdin, event, notification, read, SESSIONS } from './report.mjs'

endWithStdin()
// How many connections are opened at once: drivebell's default, for every client.
const HANDSHAKES = 100

// Setup:
function handle(argument) {
  for (const note of JSON.parse(argument).value) {
    read(note.subscriptionId, note.resource, note.expirationDateTime)
  }
}

function connect(joined) {
  // Each session has its own connection, as sessions of different URLs have.
  const options = { transports: ['websocket'], reconnection: true, forceNew: true }
  const socket = io(process.env.NOTIFICATION_URL, options)
  socket.on('connect', joined)
  socket.on('notification', notification(handle))
  socket.on('disconnect', (reason) => {
    event('disconnected', reason)
    // As the documentation asks: https://socket.io/docs/v4/client-socket-instance/#disconnect
    if (!socket.active) socket.connect()
  })
  socket.on('connect_error', (error) => {
    event('error', error.message)
    // As the documentation asks: https://socket.io/docs/v4/client-socket-instance/#connect_error
    if (!socket.active) setTimeout(() => socket.connect(), 1000)
  })
}
// End of setup.

let started = 0
function next() {
  if (started === SESSIONS) return
  started += 1
  let turn = true
  connect(() => {
    event('connected')
    if (turn) next()
    turn = false
  })
}
for (let turn = 0; turn < HANDSHAKES; turn += 1) next()
