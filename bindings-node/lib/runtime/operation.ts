import { isAlive, type NativeOperation } from './addon'

/** Referenced until they settle, because garbage collection cancels an operation. */
const running = new Set<NativeOperation>()

/**
 * Runs a native call until it settles.
 *
 * @internal
 */
export function run<T>(start: (settle: (outcome: T) => void) => NativeOperation): Promise<T> {
  return new Promise((resolve) => {
    const operation = start((outcome) => {
      running.delete(operation)
      if (isAlive()) resolve(outcome)
    })
    running.add(operation)
  })
}
