/**
 * What a client reports to the driver: one JSON object a line on stdout, each with an `event`.
 *
 * With `REPORT=each` (`make faults`) every event is a line, with a `detail` for the raw results. Otherwise
 * (`make bench`) only totals are reported, because printing each event would distort the measurement:
 *
 * - `connected`, when all `SESSIONS` have joined their namespace;
 * - `done`, after `EVENTS` notifications: time and CPU since the first one, and with `TIMED=1` the latency of each;
 * - `end`, when stdin ends: how many notifications were read;
 * - `void`, when something was lost or a connection ended, unless `MAY_END=1` allows that.
 */
import { writeSync } from 'node:fs'

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)

export const EACH = process.env.REPORT === 'each'
export const SESSIONS = number('SESSIONS', 1)
const EVENTS = number('EVENTS', 0)
const TIMED = process.env.TIMED === '1'
const MAY_END = process.env.MAY_END === '1'

let joined = 0
let cpuBefore
let count = 0
let first
const latencies = []

/** Writes one line to the driver. */
export function print(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Ends the program when its stdin ends, so that it does not survive the driver. */
export function endWithStdin() {
  process.stdin.on('end', () => {
    if (!EACH) print({ event: 'end', events: count })
    process.exit(0)
  })
  process.stdin.resume()
}

/** The library has reported a lifecycle event, such as `connected`, `disconnected` or `error`. */
export function event(name, detail = '') {
  if (EACH) print({ event: name, detail: String(detail) })
  else if (name === 'connected') connected()
  // After an `error` the library tries again; the driver waits for the session.
  else if (name !== 'error' && !MAY_END) fail(`${name}: ${detail}`)
}

/** The handler for notifications: `handle` parses them as a user's handler would, and calls `read`. */
export function notification(handle) {
  return EACH ? () => event('notification') : handle
}

/** The handler has read these fields of a notification. */
export function read(subscriptionId, _listId, _expiresAt) {
  if (TIMED) {
    const sent = BigInt(`0x${subscriptionId.replaceAll('-', '')}`)
    latencies.push(Number(process.hrtime.bigint() - sent))
  }
  count += 1
  if (count === 1) first = performance.now()
  if (count !== EVENTS) return
  const seconds = (performance.now() - first) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  print({ event: 'done', events: count, seconds, cpu_seconds: (user + system) / 1e6, latencies_ns: latencies })
}

/** Ends the program: its measurement is worth nothing. */
function fail(detail) {
  print({ event: 'void', detail })
  process.exit(1)
}

function connected() {
  joined += 1
  if (joined !== SESSIONS) return
  cpuBefore = process.cpuUsage()
  print({ event: 'connected', sessions: SESSIONS })
}
