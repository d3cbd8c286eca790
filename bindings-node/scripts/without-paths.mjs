// Flags for rustc that keep the folders of the building machine out of what it builds. Cargo's own
// `trim-paths` is not stable. `release/compiler.py` has the same folders, for `make dist`.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SEPARATOR = '\x1f'

/** Those of the environment, and ours. */
export function flags() {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain = '', CARGO_HOME: cargo } = process.env
  const given = encoded?.split(SEPARATOR) ?? plain.split(/\s+/)
  // The last one that fits counts.
  const replaced = [
    [homedir(), '/home'],
    [cargo ?? join(homedir(), '.cargo'), '/cargo'],
    [fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, ''), '/drivebell'],
  ]
  const ours = replaced.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  return [...given.filter(Boolean), ...ours]
}

/** For napi, which adds its own to RUSTFLAGS: an encoded variable would replace those. */
export function useInRustFlags() {
  const all = flags()
  const spaced = all.find((flag) => /\s/.test(flag))
  if (spaced) throw new Error(`${spaced}: build a release in a folder without spaces`)
  delete process.env.CARGO_ENCODED_RUSTFLAGS
  process.env.RUSTFLAGS = all.join(' ')
}
