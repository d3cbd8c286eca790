import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { debuglog } from 'node:util'
import type * as Addon from '../../native/addon'
import { addonError, explained, failedPackage, packageName, reason, unsupportedPlatform, VARIABLE } from './addon-error'
import { cLibrary } from './c-library'
import { PLATFORMS, requirePackage, VERSION } from './platform-packages'

/** Where a checkout has the addon that it has built. A bundle as an ES module has no `__dirname`. */
const BUILT = typeof __dirname === 'string' ? join(__dirname, '..', '..', 'native') : undefined

/** Loads the addon that the environment names, that of a checkout, or that of the platform's package. */
function load(): typeof Addon {
  const given = process.env[VARIABLE]
  if (given) return loadGiven(given)
  const built = builtFile()
  if (built) return loadBuilt(built)
  const library = cLibrary()
  const loaded = requirePackage(library)
  const platform = PLATFORMS.find(
    (each) => each.os === process.platform && each.cpu === process.arch && each.cLibrary === library,
  )
  if (!platform || !loaded) throw unsupportedPlatform(library)
  if ('error' in loaded) throw failedPackage(platform, loaded.error)
  return checked(loaded.addon, packageName(platform.name), 'Install both again: run `npm install drivebell`.')
}

function loadGiven(file: string): typeof Addon {
  // Relative to what? Not to a folder that somebody else chose.
  if (!isAbsolute(file)) {
    throw addonError(`${VARIABLE} must be the absolute path of drivebell's addon, and is ${JSON.stringify(file)}`)
  }
  let loaded: unknown
  try {
    loaded = loadFile(file)
  } catch (cause) {
    const error = cause as Error
    const why = `${reason(error)}.${explained(error.message, cLibrary())}`
    throw addonError(`cannot load drivebell's addon ${file}, which ${VARIABLE} names: ${why}`, cause)
  }
  return checked(loaded, `${file}, which ${VARIABLE} names,`, 'Copy it again from the package, with each new version.')
}

function loadBuilt(file: string): typeof Addon {
  const advice = 'Run `npm install` in bindings-node to build it again, which needs Rust (https://rustup.rs).'
  let loaded: unknown
  try {
    loaded = loadFile(file)
  } catch (cause) {
    throw addonError(`cannot load drivebell's addon ${file}: ${reason(cause as Error)}. ${advice}`, cause)
  }
  return checked(loaded, file, advice)
}

/** Refuses an addon that is not the one for this JavaScript: their calls differ in each version. */
function checked(loaded: unknown, name: string, advice: string): typeof Addon {
  const { NativeClient, addonVersion } = loaded as Partial<typeof Addon>
  if (typeof NativeClient !== 'function') throw addonError(`${name} is not drivebell's addon. ${advice}`)
  const version = addonVersion?.()
  if (version === VERSION) return loaded as typeof Addon
  const other = version === undefined ? 'another drivebell' : `drivebell ${version}`
  throw addonError(`${name} is of ${other}, and this is ${VERSION}. ${advice}`)
}

/** Unlike `require`, it is no bundler's, and loads files in a single executable too. */
function loadFile(file: string): unknown {
  return createRequire(file)(file)
}

/** In a checkout, only the addon of one platform is there: that of the machine that has built it. */
function builtFile(): string | undefined {
  if (BUILT === undefined) return undefined
  const start = `drivebell.${process.platform}-${process.arch}`
  try {
    const name = readdirSync(BUILT).find((file) => file.startsWith(start) && file.endsWith('.node'))
    return name && join(BUILT, name)
  } catch {
    return undefined
  }
}

export const addon = load()

addon.watchEnvironment()

/**
 * Whether native objects may be used. Deno ends a program or a test, finalizes all of them, and then runs
 * what is due: callbacks of the addon, and what follows a promise.
 *
 * @internal
 */
export function isAlive(): boolean {
  return addon.isEnvironmentAlive()
}

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
  NativeCheckpoint,
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
  NativeOwnership,
  NativePage,
  NativeParts,
  NativePayload,
  NativeQuestion,
  NativeResource,
  NativeSharedBatch,
  NativeSharedChanges,
  NativeStats,
  NativeStore,
  NativeStoreCall,
  NativeSubscription,
  NativeSubscriptionSet,
  NativeThrown,
  NativeTokenCall,
  NativeTree,
  NativeWakeChannel,
  NativeWalk,
} from '../../native/addon'
