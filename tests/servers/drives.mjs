import { randomUUID } from 'node:crypto'

/** The id of each drive's list, by the id of the drive. */
export const DRIVES = new Map()
for (const drive of ['b!me', 'b!team']) addDrive(drive)

export function addDrive(drive) {
  DRIVES.set(drive, randomUUID())
}

const PATHS = [
  [/^\/me\/drive(\/root.*)?$/, () => 'b!me'],
  [/^\/drives\/([^/]+)(\/(?:root|list|items).*)?$/, (id) => (DRIVES.has(id) ? id : undefined)],
  [/^\/groups\/team\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/users\/alex@contoso\.com\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/sites\/contoso\/drive(\/root.*)?$/, () => 'b!team'],
  [/^\/sites\/contoso\/lists\/documents(?:\/drive)?(\/(?:root|subscriptions).*)?$/, () => 'b!team'],
]

/** The id of the drive that a path without its version addresses, if any. An alias is `PREFIX=DRIVE`. */
export function driveAt(path, aliases) {
  for (const alias of aliases) {
    const [prefix, drive] = alias.split('=')
    if (path.startsWith(`${prefix}/`)) return drive
  }
  for (const [pattern, drive] of PATHS) {
    const match = pattern.exec(path)
    if (match) return drive(decodeURIComponent(match[1] ?? ''))
  }
  return undefined
}
