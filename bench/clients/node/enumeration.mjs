import { readFileSync } from 'node:fs'
import { print } from './report.mjs'

/** Counts the items of a drive and adds the five fields of each up to a checksum. */
class Enumeration {
  items = 0
  checksum = 0

  add(id, name, size, parentId, modifiedAt) {
    if (!id || !name || !modifiedAt) throw new Error('an item without an id, a name or a time')
    this.items += 1
    this.checksum += id.length + name.length + (size ?? 0) + (parentId ?? '').length
    this.checksum += Math.floor(modifiedAt.getTime() / 1000)
  }

  /** Adds an item of which a program has read something else. */
  count(read) {
    this.items += 1
    this.checksum += read
  }

  /** So many items are in the program's file. */
  keep(items) {
    this.items = items
  }
}

/** Starts the clocks: call it before the client is created. */
export function start() {
  const enumeration = new Enumeration()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  /** Reports what the enumeration took. */
  const report = () => {
    const { user, system } = process.cpuUsage(cpu)
    const { items, checksum } = enumeration
    const seconds = (performance.now() - began) / 1000
    print({ event: 'done', items, checksum, seconds, cpu_seconds: (user + system) / 1e6, peak_kb: peakKb() })
  }
  return { enumeration, report }
}

/** Runs an enumeration and reports what it took. */
export async function measure(enumerateDrive) {
  const { enumeration, report } = start()
  await enumerateDrive(enumeration)
  report()
}

function peakKb() {
  return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
}
