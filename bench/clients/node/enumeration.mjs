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
}

/** Runs an enumeration and reports what it took. */
export async function measure(enumerateDrive) {
  const enumeration = new Enumeration()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  await enumerateDrive(enumeration)
  const { user, system } = process.cpuUsage(cpu)
  const { items, checksum } = enumeration
  const seconds = (performance.now() - began) / 1000
  print({ event: 'done', items, checksum, seconds, cpu_seconds: (user + system) / 1e6, peak_kb: peakKb() })
}

function peakKb() {
  return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
}
