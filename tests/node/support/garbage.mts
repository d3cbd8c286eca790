import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bun's own function, where it runs. */
const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } }

/** Runs the garbage collector now. */
export const collectGarbage: () => void = Bun ? () => Bun.gc(true) : exposed()

function exposed(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
