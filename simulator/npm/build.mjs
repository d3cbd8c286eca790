// Builds the simulator into native/. DRIVEBELL_CARGO_PROFILE names the cargo profile; default `release`.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flags } from '../../bindings-node/scripts/without-paths.mjs'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))
const profile = process.env.DRIVEBELL_CARGO_PROFILE || 'release'
const suffix = process.platform === 'win32' ? '.exe' : ''

// npm packs nothing from above the package's folder.
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) copyFileSync(path(`../../${name}`), path(name))
for (const name of ['README.md', 'THIRD-PARTY-NOTICES']) copyFileSync(path(`../${name}`), path(name))

const env = { ...process.env }
// Others would make cargo compile everything anew, and only a release leaves this machine.
if (profile === 'release') env.CARGO_ENCODED_RUSTFLAGS = flags().join('\x1f')
const options = ['--locked', '--profile', profile, '--package', 'drivebell-simulator', '--bins']
execFileSync('cargo', ['build', ...options], { cwd: path('../..'), env, stdio: 'inherit' })

const metadata = execFileSync('cargo', ['metadata', '--locked', '--no-deps', '--format-version', '1'], {
  cwd: path('../..'),
  maxBuffer: 2 ** 26,
})
const built = join(
  JSON.parse(metadata).target_directory,
  profile === 'dev' ? 'debug' : profile,
  `drivebell-simulator${suffix}`,
)
// The last part of the triple: the C library, where a platform has several.
const [, host] = /^host: (\S+)$/m.exec(execFileSync('rustc', ['-vV']).toString())
const abi = /-(gnu|musl|msvc)\w*$/.exec(host)?.[1]
const file = path(`native/drivebell-simulator.${process.platform}-${process.arch}${abi ? `-${abi}` : ''}${suffix}`)
rmSync(path('native'), { recursive: true, force: true })
mkdirSync(path('native'))
copyFileSync(built, file)
chmodSync(file, 0o755)
