// What the programs print, one JSON line each: `connected`; `done` with what it took; and at the
// end of stdin `seen`, by which the driver knows whether all that was sent has come.

import { writeSync } from 'node:fs'

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)

export const SESSIONS = number('SESSIONS', 1)
const EVENTS = number('EVENTS', 0)
const TIMED = process.env.TIMED === '1'
const MAY_END = process.env.MAY_END === '1'

let joined = 0
let cpuBefore
let seen = 0
let first
const latencies = []

const tell = (what) => writeSync(1, `${JSON.stringify(what)}\n`)

process.stdin.on('end', () => {
  tell({ seen })
  process.exit(0)
})
process.stdin.resume()

/** One more session has joined its namespace. */
export function connected() {
  joined += 1
  if (joined !== SESSIONS) return
  cpuBefore = process.cpuUsage()
  tell({ connected: SESSIONS })
}

/** The handler has read these of a notification. */
export function saw(subscriptionId, _listId, _expiresAt) {
  if (TIMED) {
    const sent = BigInt(`0x${subscriptionId.replaceAll('-', '')}`)
    latencies.push(Number(process.hrtime.bigint() - sent))
  }
  seen += 1
  if (seen === 1) first = performance.now()
  if (seen !== EVENTS) return
  const seconds = (performance.now() - first) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  tell({ done: { events: seen, seconds, cpu_seconds: (user + system) / 1e6, latencies_ns: latencies } })
}

/** The measurement is worth nothing, and ends. */
export function fail(why) {
  tell({ void: String(why) })
  process.exit(1)
}

/** A connection has ended, which is expected only where connections are cut. */
export function ended(why) {
  if (!MAY_END) fail(why)
}
