import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { debuglog } from 'node:util'
import type * as Addon from '../../native/addon'

/** The same from `lib/` and from `dist/`. */
const FOLDER = join(__dirname, '..', '..', 'native')

/**
 * Loads the addon for this platform.
 *
 * On Linux there is one for each C library. It tries them all, because only loading shows which C
 * library this process has.
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
    `cannot load the drivebell addon ${join(FOLDER, `drivebell.${platform}*.node`)}: ` +
      `${failures.length > 0 ? failures.join('; ') : 'there is no such file'}. ` +
      'Install drivebell on this platform, with the Node that runs it. In a checkout, run `npm install` in ' +
      'bindings-node to build the addon, which needs Rust (https://rustup.rs).',
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

function logs(): boolean {
  const enabled: boolean | undefined = debuglog('drivebell').enabled
  // Bun's debuglog does not tell.
  return enabled ?? /(^|,) *drivebell *(,|$)/i.test(process.env.NODE_DEBUG ?? '')
}

// NODE_DEBUG turns on logging, as for Node's own modules. The core writes to stderr itself: logging then
// neither keeps the process alive nor ends with the worker that turned it on.
if (logs()) addon.logToStderr()

export type {
  BatchOutcome,
  DoneOutcome,
  NativeBatch,
  NativeChanges,
  NativeChangesEvents,
  NativeChangesSet,
  NativeChangesSetStats,
  NativeChangesStats,
  NativeChunk,
  NativeClient,
  NativeDisconnect,
  NativeDriveItem,
  NativeEnd,
  NativeEndpoint,
  NativeError,
  NativeEvent,
  NativeEvents,
  NativeFailure,
  NativeListItem,
  NativeMemberBatch,
  NativeMemberParts,
  NativeMirror,
  NativeMirrorSet,
  NativeMirrorStats,
  NativeNotification,
  NativeOperation,
  NativePage,
  NativeParts,
  NativePayload,
  NativeResource,
  NativeStats,
  NativeSubscription,
  NativeSubscriptionSet,
  NativeThrown,
  NativeTokenCall,
  NativeTree,
  NativeWakeChannel,
  NativeWalk,
} from '../../native/addon'
