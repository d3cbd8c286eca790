/**
 * Exports what drivebell does as traces and metrics, with OpenTelemetry.
 *
 *     npm install
 *     GRAPH_TOKEN=… OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 node drive-telemetry.mjs
 *
 * A session is a span that lasts as long as it, with its connections as events. Each delta query and each
 * request to Graph is a span of its own. `startTelemetry` is all that another program needs.
 */
import { subscribe } from 'node:diagnostics_channel'
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { Client, Resource } from 'drivebell'

// The fields of a message that become attributes of its span, by the names of OpenTelemetry where it has one.
const ATTRIBUTES = {
  resource: 'drivebell.resource',
  label: 'drivebell.label',
  method: 'http.request.method',
  host: 'server.address',
  path: 'url.path',
  status: 'http.response.status_code',
  requestId: 'drivebell.request_id',
  clientRequestId: 'drivebell.client_request_id',
  trigger: 'drivebell.trigger',
  pages: 'drivebell.pages',
  items: 'drivebell.items',
  reason: 'drivebell.reason',
  errorKind: 'error.type',
}
// A metric has few values of each attribute: neither ids nor paths.
const METRIC_ATTRIBUTES = ['label', 'status', 'trigger', 'errorKind']

/** Makes spans and metrics of the messages on drivebell's channels. */
function startTelemetry(tracer, meter) {
  const requests = meter.createHistogram('drivebell.graph.request.duration', { unit: 's' })
  const rounds = meter.createHistogram('drivebell.changes.round.duration', { unit: 's' })
  const items = meter.createCounter('drivebell.changes.items')
  const events = meter.createCounter('drivebell.session.events')
  const sessions = new Map()

  /** A request or a delta query is over: its message says how long it took. */
  const finished = (name, kind, message) => {
    const { time, duration } = message
    const span = tracer.startSpan(name, { kind, attributes: attributesOf(message), startTime: time - duration })
    fail(span, message)
    span.end(time)
  }

  subscribe('drivebell:graph:request', (message) => {
    finished('drivebell.graph.request', SpanKind.CLIENT, message)
    requests.record(message.duration / 1000, attributesOf(message, METRIC_ATTRIBUTES))
  })

  subscribe('drivebell:changes:round', (message) => {
    finished('drivebell.changes.round', SpanKind.INTERNAL, message)
    const attributes = attributesOf(message, METRIC_ATTRIBUTES)
    rounds.record(message.duration / 1000, attributes)
    items.add(message.items, attributes)
  })

  subscribe('drivebell:session', (message) => {
    const { event, resource, label, time } = message
    const key = JSON.stringify([resource, label])
    events.add(1, { 'drivebell.event': event })
    if (event === 'started') {
      sessions.set(key, tracer.startSpan('drivebell.session', { attributes: attributesOf(message), startTime: time }))
    }
    const span = sessions.get(key)
    span?.addEvent(event, attributesOf(message), time)
    if (event === 'closed' || event === 'ended') {
      if (span) fail(span, message)
      span?.end(time)
      sessions.delete(key)
    }
  })
}

function attributesOf(message, names = Object.keys(ATTRIBUTES)) {
  const given = names.filter((name) => message[name] !== undefined)
  return Object.fromEntries(given.map((name) => [ATTRIBUTES[name], message[name]]))
}

function fail(span, { error }) {
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
}

// It reads the environment: where to send it, the name of the service, and so on.
const sdk = new NodeSDK()
sdk.start()
startTelemetry(trace.getTracer('drivebell'), metrics.getMeter('drivebell'))

const client = new Client({
  credential: process.env.GRAPH_TOKEN,
  baseUrl: process.env.GRAPH_URL,
  label: 'example',
})
const changes = client.changes(Resource.myDrive(), { since: 'start' })
// Ends the loop, and with it the program, in order.
process.once('SIGTERM', () => changes.close())
for await (const batch of changes) {
  console.log(batch.items.length, 'items')
}
await client.close()
// The last messages are on their way.
await new Promise((resolve) => setImmediate(resolve))
await sdk.shutdown()
