// Builds the addon into native/, and its types, which lib/ is checked against.
// DRIVEBELL_CARGO_PROFILE names the cargo profile; default `release`.
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { NapiCli } from '@napi-rs/cli'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

// Removes an addon of an earlier name or platform, which must be neither loaded nor packed.
await rm(path('native'), { recursive: true, force: true })
const { task } = await new NapiCli().build({
  cwd: path('.'),
  outputDir: 'native',
  platform: true,
  noJsBinding: true,
  dts: 'addon.d.ts',
  profile: process.env.DRIVEBELL_CARGO_PROFILE || 'release',
})
await task
