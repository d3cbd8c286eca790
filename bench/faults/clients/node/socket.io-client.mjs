import { io } from 'socket.io-client'
import { endWithStdin, tell } from './tell.mjs'

endWithStdin()
// Setup:
const socket = io(process.argv[2], { transports: ['websocket'], reconnection: true })
socket.on('connect', () => tell('connected'))
socket.on('notification', () => tell('notification'))
socket.on('disconnect', (reason) => {
  tell('disconnected', reason)
  // "You need to manually reconnect": https://socket.io/docs/v4/client-api/#event-disconnect
  if (!socket.active) socket.connect()
})
socket.on('connect_error', (error) => {
  tell('error', error.message)
  // "Must be manually called": https://socket.io/docs/v4/client-api/#event-connect_error
  if (!socket.active) setTimeout(() => socket.connect(), 1000)
})
// End of setup.
