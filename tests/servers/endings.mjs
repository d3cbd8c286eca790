/**
 * Ends every connection there is, in one of the ways of the simulator's faults. What the reference
 * implementation has no call for is done to what is beneath it.
 */
const ENDINGS = {
  disconnect: (socket) => socket.disconnect(false),
  engineClose: (socket) => socket.conn.transport.send([{ type: 'close' }]),
  close: (socket, { code, reason }) => webSocketOf(socket).close(code, reason),
  cut: (socket) => streamOf(socket).end(),
  reset: (socket) => streamOf(socket).resetAndDestroy(),
  silence: (socket) => {
    const stream = streamOf(socket)
    // The heartbeat and the end that comes without one are lost as well.
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
