import { type Channel, channel } from 'node:diagnostics_channel'
import { addon } from './addon'

const channels: readonly Channel[] = addon.logChannels().map((name) => channel(name))

/** Made with the first client, because the command line makes none and logs in its own way. */
let log: InstanceType<typeof addon.NativeLog> | undefined
let wanted = 0

/**
 * Tells the core which channels of `node:diagnostics_channel` have subscribers: the others cost nothing.
 * Nothing reports that a subscriber comes or goes, so each call of a client looks, and the core asks about
 * once a second while it has something to report.
 *
 * @internal
 */
export function noteSubscribers(): void {
  log ??= new addon.NativeLog(publish)
  const found = channels.reduce((bits, { hasSubscribers }, index) => bits | (hasSubscribers ? 1 << index : 0), 0)
  if (found === wanted) return
  wanted = found
  log.want(found)
}

function publish(records: readonly string[], dropped: number): void {
  noteSubscribers()
  for (const [index, text] of records.entries()) {
    const [channelIndex, fields] = JSON.parse(text) as [number, object]
    channels[channelIndex]?.publish(index === 0 && dropped > 0 ? { ...fields, dropped } : fields)
  }
}
