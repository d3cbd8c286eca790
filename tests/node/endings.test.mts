import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type DisconnectReason, Resource, type Subscription } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import type { Simulator } from './support/simulator.mjs'

interface Ending {
  by: string
  action: string | object
  reason: DisconnectReason
  message?: RegExp
  retryAfter?: number
}

const ENDINGS: readonly Ending[] = [
  { by: '41', action: 'disconnect', reason: 'namespace_disconnect' },
  { by: "Engine.IO's close", action: 'engineClose', reason: 'engine_close' },
  {
    by: 'WebSocket close 1000',
    action: { close: { code: 1000 } },
    reason: 'websocket_close',
    message: /with code 1000/,
  },
  {
    by: 'WebSocket close 1001',
    action: { close: { code: 1001, reason: 'away' } },
    reason: 'websocket_close',
    message: /with code 1001 \(away\)/,
  },
  {
    by: 'WebSocket close 1011',
    action: { close: { code: 1011 } },
    reason: 'websocket_close',
    message: /with code 1011/,
  },
  { by: 'WebSocket close without a status', action: { close: {} }, reason: 'websocket_close' },
  { by: 'FIN', action: 'cut', reason: 'connection_closed' },
  { by: 'RST', action: 'reset', reason: 'connection_reset' },
  { by: 'silence', action: 'silence', reason: 'heartbeat_timeout' },
  {
    by: 'server_disconnect',
    action: { serverDisconnect: { code: 503, message: 'moving', retryAfter: 7 } },
    reason: 'server_disconnect',
    message: /code 503 \(moving\)/,
    retryAfter: 7_000,
  },
  // Cut to the default of `maxRetryAfter`.
  ...[1e19, 'Fri, 31 Dec 9999 23:59:59 GMT'].map((retryAfter) => ({
    by: `server_disconnect with a pause of ${retryAfter}`,
    action: { serverDisconnect: { retryAfter } },
    reason: 'server_disconnect' as const,
    retryAfter: 3_600_000,
  })),
]

/** The events up to the end of the connection. Ends it at the first notification. */
async function ended(sub: Subscription, simulator: Simulator, action: string | object) {
  const before: string[] = []
  for await (const event of sub.events()) {
    if (event.type === 'disconnected') return { before, disconnected: event }
    before.push(event.type)
    if (event.type === 'notification') await simulator.end(action)
  }
  throw new Error('the subscription ended without a disconnected event')
}

eachService('a connection', (start) => {
  for (const { by, action, reason, message, retryAfter } of ENDINGS) {
    it(`that ends by ${by} is reported as ${reason}`, async () => {
      // Only the heartbeat notices silence. Its timeout is long, so that a slow machine does not count as silent.
      await using simulator = await start('--ping-interval', '100', '--ping-timeout', '1000')
      await using client = clientOf(simulator)
      const sub = await client.subscribe(Resource.myDrive())
      await simulator.notify()
      const { before, disconnected } = await within(ended(sub, simulator, action), 'the end')
      assert.deepEqual(before, ['connected', 'notification'])
      assert.equal(disconnected.reason, reason)
      assert.match(disconnected.message, message ?? /./)
      assert.equal(disconnected.retryAfter, retryAfter)
    })
  }
})
