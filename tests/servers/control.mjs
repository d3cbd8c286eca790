import { end, isEnding } from './endings.mjs'

/** The part of the simulator's control API that tests use on this service. */
export function answerControl(request, response, url, body, { push, recorder }) {
  const respond = (status, value) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(value))
  }
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /_simulator/requests':
      return respond(200, recorder.requests)
    case 'GET /_simulator/events':
      return respond(200, push.events)
    case 'GET /_simulator/state':
      return respond(200, { connected: push.connected() })
    case 'POST /_simulator/notify': {
      const drive = url.searchParams.get('drive')
      const count = Number(url.searchParams.get('count') ?? 1)
      if (!push.knows(drive)) return respond(404, { error: `no drive has the id ${drive}` })
      for (let sent = 0; sent < count; sent += 1) push.notify(drive)
      return respond(200, { drive, count })
    }
    case 'POST /_simulator/faults': {
      // Only the simulator's faults that end existing connections.
      const { action } = JSON.parse(body)
      const [name, fields] = typeof action === 'string' ? [action, {}] : Object.entries(action)[0]
      if (!isEnding(name)) return respond(400, { error: `unknown fault: ${name}` })
      return respond(200, { acted: end(push.sockets(), name, fields) })
    }
    default:
      return respond(404, { error: `no route ${request.method} ${url.pathname}` })
  }
}
