// Builds the addon into native/, with the types that lib/ is checked against.
// DRIVEBELL_CARGO_PROFILE names the cargo profile: `release` unless it is set.
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { NapiCli } from '@napi-rs/cli'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))

// An addon of an earlier name or platform must not be what is loaded, or packed.
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
