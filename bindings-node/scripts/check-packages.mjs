// Checks what would be published: the tarballs of both packages and of this machine's platform. `npm run build` of
// both must have built them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PLATFORMS } from './platforms.mjs'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))
const run = (program, ...args) =>
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
const check = (program, ...args) => execFileSync(path(`node_modules/.bin/${program}`), args, { stdio: 'inherit' })

const out = mkdtempSync(join(tmpdir(), 'drivebell-packages-'))
try {
  for (const [script, native] of [
    ['scripts/pack.mjs', 'native'],
    ['../simulator/npm/pack.mjs', '../simulator/npm/native'],
  ]) {
    const main = run('node', path(script), 'main', out).trim()
    check('publint', '--strict', main)
    check('attw', main)
    const [built] = readdirSync(path(native)).filter((name) => /\.node$|^drivebell-simulator/.test(name))
    const { triple } = PLATFORMS.find(({ name }) => built.split('.').includes(name))
    // It has no types, which `attw` would miss.
    check('publint', '--strict', run('node', path(script), 'platform', triple, path(`${native}/${built}`), out).trim())
  }
} finally {
  rmSync(out, { recursive: true })
}
