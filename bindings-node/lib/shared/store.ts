import { methodNames, nameOf, read } from '../auth/inspect'
import { typeName } from '../check'
import { invalidArgument } from '../error'
import { addon, type NativeStore } from '../runtime/addon'
import { builtInOf, CALLS } from './built-in-stores'
import type { CheckpointStore } from './checkpoint-store'
import { callsOf } from './store-call'

/**
 * The native store of what a program gives as a store.
 *
 * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` by the name `store`.
 * @internal
 */
export function nativeStoreOf(store: unknown): NativeStore {
  const problem = problemOf(store)
  if (problem) throw invalidArgument('store', problem)
  return builtInOf(store as object) ?? addon.NativeStore.ofCalls(callsOf(store as CheckpointStore))
}

function problemOf(store: unknown): string | undefined {
  const calls = CALLS.join(', ')
  if (typeof store === 'function') return `must be an object with ${calls}, not a function: pass an instance`
  if (typeof store !== 'object' || store === null || Array.isArray(store)) {
    return `must be a MemoryStore, a SqliteStore, or an object with ${calls}, not ${typeName(store)}`
  }
  const missing = CALLS.filter((call) => typeof read(store, call) !== 'function')
  if (missing.length === 0) return undefined
  if (methodNames(store).includes('then')) return 'must not be a promise: await it'
  return `must be an object with ${calls}, but this ${nameOf(store)} has no ${missing.join(', ')}`
}
