// The platforms that drivebell has an addon and a simulator for. package.json lists their triples, in
// `napi.targets`; everything else about a platform follows from its triple.
import { readFileSync } from 'node:fs'
import { parseTriple } from '@napi-rs/cli'

const { napi, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What npm calls a C library in `libc` of a package.json. */
const C_LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl' }

export const VERSION = version

export const PLATFORMS = napi.targets.map((triple) => {
  const { platformArchABI: name, platform: os, arch: cpu, abi } = parseTriple(triple)
  const libc = os === 'linux' ? C_LIBRARIES[abi] : undefined
  if (os === 'linux' && !libc) throw new Error(`${triple} has a C library that npm has no name for`)
  return { triple, name, os, cpu, libc }
})

/** The platform of a triple. */
export function platformOf(triple) {
  const found = PLATFORMS.find((platform) => platform.triple === triple)
  if (found) return found
  const known = PLATFORMS.map((platform) => platform.triple).join(', ')
  throw new Error(`${triple} is not in napi.targets of bindings-node/package.json, which has ${known}`)
}
