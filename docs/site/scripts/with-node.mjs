/**
 * Runs a script on a Node that is new enough for Astro: this one, or else the one that npm installed here.
 *
 *   node scripts/with-node.mjs SCRIPT [ARGUMENT …]
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NEEDED = [22, 12]

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

function node() {
  if (isNewEnough()) {
    return process.execPath
  }
  const name = `node-${process.platform}-${process.arch}`
  const installed = fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url))
  if (existsSync(installed)) {
    return installed
  }
  throw new Error(
    `the site needs Node ${NEEDED.join('.')} or newer; this is ${process.version}, and npm has no ${name} here: install a newer Node`,
  )
}

const { status, error } = spawnSync(node(), process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
})
if (error !== undefined) {
  throw error
}
process.exitCode = status ?? 1
