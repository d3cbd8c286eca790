import { AsyncResource } from 'node:async_hooks'
import { classNames, read, readString } from '../auth/inspect'
import { typeName } from '../check'
import type { NativeCheckpoint, NativeOwnership, NativeStoreCall } from '../runtime/addon'
import type { CheckpointStore } from './checkpoint-store'
import { checkpointFor, ownershipFor, readCheckpoints, readOwnership, readWritten, WrongAnswer } from './records'

/** How much of a message is shown. */
const MAX_MESSAGE = 300

/** Anything else is no code, and could be a secret. */
const CODE = /^(?!undefined$)[\w.-]{1,40}$/

/** A function for native code that asks this store, and settles each call that it gets. @internal */
export function callsOf(store: CheckpointStore): (call: NativeStoreCall) => void {
  // The store runs where the stream was made, so that `AsyncLocalStorage` has its store.
  const scope = new AsyncResource('drivebell.CheckpointStore')
  return (call) => {
    const question = call.take()
    if (!question) return
    const { name, claims, partitions, checkpoint } = question
    const ask = (): unknown => {
      switch (name) {
        case 'listOwnership':
          return store.listOwnership()
        case 'claimOwnership':
          return store.claimOwnership((claims ?? []).map(ownershipFor))
        case 'listCheckpoints':
          return store.listCheckpoints(partitions ?? [])
        default:
          return store.updateCheckpoint(checkpointFor(checkpoint as NativeCheckpoint))
      }
    }
    const answer = new Promise<unknown>((resolve) => resolve(scope.runInAsyncScope(ask)))
    void settle(call, name, answer)
  }
}

/** Refers to no store: a promise that never settles would keep it in memory. */
async function settle(call: NativeStoreCall, name: string, answer: Promise<unknown>): Promise<void> {
  try {
    const returned = await answer
    switch (name) {
      case 'listOwnership':
      case 'claimOwnership':
        call.resolveOwnership(readOwnership(name, returned) as NativeOwnership[])
        break
      case 'listCheckpoints':
        call.resolveCheckpoints(readCheckpoints(name, returned))
        break
      default:
        call.resolveCheckpoints(readWritten(name, returned))
    }
  } catch (reason) {
    call.reject(problemOf(name, reason))
  }
}

/** What to log of a failure. The message of a database may contain what it was given, as a checkpoint. */
function problemOf(name: string, reason: unknown): string {
  if (WrongAnswer.is(reason)) return reason.message
  const [className = typeName(reason)] = classNames(reason)
  const code = read(reason, 'code')
  const shown = CODE.test(String(code)) ? `${className} (${code})` : className
  const message = name.endsWith('Ownership') ? readString(reason, 'message') : undefined
  return `${name}() threw ${shown}${message ? `: ${message.slice(0, MAX_MESSAGE)}` : ''}`
}
