import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { debuglog } from 'node:util'
import type * as Addon from '../../native/addon'

/** Seen from `dist/` too, which stands where `lib/` does. */
const FOLDER = join(__dirname, '..', '..', 'native')

/**
 * The addon for this platform.
 *
 * Linux has one for each C library, and which of them this process has is known for sure only by
 * loading.
 */
function load(): typeof Addon {
  const platform = `${process.platform}-${process.arch}`
  const failures: string[] = []
  for (const file of candidates(platform)) {
    try {
      return require(join(FOLDER, file)) as typeof Addon
    } catch (error) {
      failures.push(`${file} cannot be loaded: ${(error as Error).message}`)
    }
  }
  throw new Error(
    `drivebell has no addon that runs here: ${join(FOLDER, `drivebell.${platform}*.node`)} is needed, and ` +
      `${failures.length > 0 ? failures.join('; ') : 'there is no such file'}. ` +
      'Install drivebell on the machine and with the Node that run it; in a checkout, run `npm install` in ' +
      'bindings-node, which builds the addon and needs Rust (https://rustup.rs).',
  )
}

function candidates(platform: string): string[] {
  try {
    return readdirSync(FOLDER).filter((file) => file.startsWith(`drivebell.${platform}`) && file.endsWith('.node'))
  } catch {
    return []
  }
}

export const addon = load()

// As Node's own modules do with NODE_DEBUG, and without a way through JavaScript: it holds no process, and a
// worker that ends takes none of it along.
if (debuglog('drivebell').enabled) addon.logToStderr()

export type {
  BatchOutcome,
  NativeBatch,
  NativeBell,
  NativeChanges,
  NativeChangesOptions,
  NativeClient,
  NativeClientOptions,
  NativeDisconnect,
  NativeDriveItem,
  NativeEnd,
  NativeEndpoint,
  NativeError,
  NativeEvent,
  NativeEvents,
  NativeItem,
  NativeListItem,
  NativeNotification,
  NativeOperation,
  NativePayload,
  NativeResource,
  NativeStats,
  NativeSubscription,
  NativeSubscriptionSet,
  NativeTokenCall,
} from '../../native/addon'
