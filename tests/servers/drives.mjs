import { randomUUID } from 'node:crypto'

/** By id, with the ids of their lists. */
export const DRIVES = new Map()
for (const drive of ['b!me', 'b!team']) addDrive(drive)

export function addDrive(drive) {
  DRIVES.set(drive, randomUUID())
}

const PLACES = [
  [/^\/me\/drive(\/root.*)?$/, () => 'b!me'],
  [/^\/drives\/([^/]+)(\/(?:root|list|items).*)?$/, (id) => (DRIVES.has(id) ? id : undefined)],
  [/^\/groups\/team\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/users\/alex@contoso\.com\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/sites\/contoso\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/sites\/contoso\/lists\/documents(?:\/drive)?(\/(?:root|subscriptions).*)?$/, () => 'b!team'],
]

/** The drive at which a path below the API version points, if there is one. An alias is `PREFIX=DRIVE`. */
export function driveAt(path, aliases) {
  for (const alias of aliases) {
    const [prefix, drive] = alias.split('=')
    if (path.startsWith(`${prefix}/`)) return drive
  }
  for (const [pattern, drive] of PLACES) {
    const match = pattern.exec(path)
    if (match) return drive(decodeURIComponent(match[1] ?? ''))
  }
  return undefined
}
