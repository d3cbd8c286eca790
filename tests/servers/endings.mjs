/**
 * The simulator's faults that end connections. Where socket.io has no API for one, it acts on the
 * WebSocket or the TCP stream below.
 */
const ENDINGS = {
  disconnect: (socket) => socket.disconnect(false),
  engineClose: (socket) => socket.conn.transport.send([{ type: 'close' }]),
  close: (socket, { code, reason }) => webSocketOf(socket).close(code, reason),
  cut: (socket) => streamOf(socket).end(),
  reset: (socket) => streamOf(socket).resetAndDestroy(),
  silence: (socket) => {
    const stream = streamOf(socket)
    // Also drops heartbeats, and the end of the stream that follows a missing pong.
    for (const method of ['write', 'end', 'destroy']) stream[method] = () => true
  },
  serverDisconnect: (socket, fields) => {
    socket.emit('server_disconnect', fields)
    socket.conn.close()
  },
}

export function isEnding(action) {
  return Object.hasOwn(ENDINGS, action)
}

export function end(sockets, action, fields) {
  for (const socket of sockets) ENDINGS[action](socket, fields)
  return sockets.length
}

function webSocketOf(socket) {
  return socket.conn.transport.socket
}

function streamOf(socket) {
  return webSocketOf(socket)._socket
}
