import { io } from 'socket.io-client'
import { endWithStdin, tell } from './tell.mjs'

endWithStdin()
// Setup:
const socket = io(process.argv[2], { transports: ['websocket'], reconnection: true })
socket.on('connect', () => tell('connected'))
socket.on('notification', () => tell('notification'))
socket.on('disconnect', (reason) => {
  tell('disconnected', reason)
  // As the documentation asks: https://socket.io/docs/v4/client-socket-instance/#disconnect
  if (!socket.active) socket.connect()
})
socket.on('connect_error', (error) => {
  tell('error', error.message)
  // As the documentation asks: https://socket.io/docs/v4/client-socket-instance/#connect_error
  if (!socket.active) setTimeout(() => socket.connect(), 1000)
})
// End of setup.
