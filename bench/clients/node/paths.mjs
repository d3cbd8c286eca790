import { readFileSync } from 'node:fs'
import { print } from './report.mjs'

/** Calls `path` for each id in the file `IDS`, first to warm up, and reports how long each call took. */
export function timePaths(path) {
  const ids = readFileSync(process.env.IDS, 'utf8').split('\n')
  for (const id of ids) if (!path(id)) throw new Error('an item without a path')
  let checksum = 0
  const calls = []
  for (const id of ids) {
    const began = process.hrtime.bigint()
    const found = path(id)
    calls.push(Number(process.hrtime.bigint() - began))
    checksum += found.length
  }
  print({ event: 'done', checksum, calls_ns: calls })
}
