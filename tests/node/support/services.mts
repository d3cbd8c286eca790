import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The servers to test with: our simulator, and one on npm socket.io. Both have the same options and control routes. */
export const SERVICES = ['simulator', 'socket.io'] as const

export type Service = (typeof SERVICES)[number]

/** Relative to `build/support`, where this file runs. */
const path = (relative: string) => fileURLToPath(new URL(`../../../../${relative}`, import.meta.url))

/** The command that starts the service, without its options. */
export function programOf(service: Service): [program: string, ...args: string[]] {
  if (service === 'simulator') return [process.env.DRIVEBELL_SIMULATOR ?? path('target/fast/drivebell-simulator')]
  const installed = path('tests/servers/node_modules')
  if (!existsSync(installed)) throw new Error(`there is no ${installed}: run \`npm ci\` in tests/servers`)
  // The server runs on Node, whatever runs the tests.
  const node = process.versions.bun || process.versions.deno ? 'node' : process.execPath
  return [node, path('tests/servers/service.mjs')]
}
