// Builds the addon into native/, and its types, which lib/ is checked against.
// DRIVEBELL_CARGO_PROFILE names the cargo profile; default `release`.
import { copyFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { NapiCli } from '@napi-rs/cli'
import { useInRustFlags } from './without-paths.mjs'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

const profile = process.env.DRIVEBELL_CARGO_PROFILE || 'release'

// npm packs nothing from above the package's folder.
for (const name of ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD-PARTY-NOTICES']) {
  await copyFile(path(`../${name}`), path(name))
}
// Others would make cargo compile everything anew, and only a release leaves this machine.
if (profile === 'release') useInRustFlags()
// The wheel and the programs are built with this profile too, and share what is compiled.
else if (process.platform !== 'win32' && !process.env.CARGO_BUILD_TARGET) {
  process.env.CARGO ??= path('scripts/cargo-without-target.mjs')
}

// Removes an addon of an earlier name or platform, which must be neither loaded nor packed.
await rm(path('native'), { recursive: true, force: true })
const { task } = await new NapiCli().build({
  cwd: path('.'),
  outputDir: 'native',
  platform: true,
  noJsBinding: true,
  dts: 'addon.d.ts',
  profile,
})
await task
