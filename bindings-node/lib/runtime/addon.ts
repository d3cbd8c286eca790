import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { debuglog } from 'node:util'
import type * as Addon from '../../native/addon'

/** The same from `lib/` and from `dist/`. A bundle as an ES module has no `__dirname`. */
const FOLDER = typeof __dirname === 'string' ? join(__dirname, '..', '..', 'native') : 'native'

/** Names the addon where it is not in the package's folder, as in a program that is one file. */
const VARIABLE = 'DRIVEBELL_ADDON'

const GUIDE = 'https://github.com/drivebell/drivebell/blob/main/docs/bundlers.md'

/**
 * Loads the addon for this platform.
 *
 * On Linux there is one for each C library. It tries them all, because only loading shows which C
 * library this process has.
 */
function load(): typeof Addon {
  const given = process.env[VARIABLE]
  if (given) return loadGiven(given)
  const platform = `${process.platform}-${process.arch}`
  const failures: string[] = []
  for (const file of candidates(platform)) {
    try {
      return loadFile(join(FOLDER, file))
    } catch (error) {
      failures.push(`${file} cannot be loaded: ${(error as Error).message}`)
    }
  }
  throw new Error(
    `cannot load the drivebell addon ${join(FOLDER, `drivebell.${platform}*.node`)}: ` +
      `${failures.length > 0 ? failures.join('; ') : 'there is no such file'}. ` +
      'Install drivebell on this platform, with the Node that runs it. If a bundler has put drivebell into your ' +
      `program, keep drivebell external there, or set ${VARIABLE} to the absolute path of the addon: ${GUIDE}. ` +
      'In a checkout, run `npm install` in bindings-node to build the addon, which needs Rust (https://rustup.rs).',
  )
}

function loadGiven(file: string): typeof Addon {
  // Relative to what? Not to a folder that somebody else chose.
  if (!isAbsolute(file)) {
    throw new Error(`${VARIABLE} must be the absolute path of drivebell's addon, and is ${JSON.stringify(file)}`)
  }
  let loaded: typeof Addon
  try {
    loaded = loadFile(file)
  } catch (error) {
    throw new Error(`cannot load the drivebell addon ${file}, which ${VARIABLE} names: ${(error as Error).message}`)
  }
  if (typeof loaded.NativeClient !== 'function') {
    throw new Error(`${VARIABLE} must name drivebell's addon, and ${file} is another one`)
  }
  return loaded
}

/** Unlike `require`, it is no bundler's, and loads files in a single executable too. */
function loadFile(file: string): typeof Addon {
  return createRequire(file)(file) as typeof Addon
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
