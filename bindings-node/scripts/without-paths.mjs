// Flags for rustc that keep the folders of the building machine out of what it builds, as the
// variable CARGO_ENCODED_RUSTFLAGS wants them. Cargo's own `trim-paths` is not stable.
//
// Run as a program, it prints them: `make dist` builds the wheel with them.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SEPARATOR = '\x1f'

export function encodedFlags() {
  const { CARGO_ENCODED_RUSTFLAGS: encoded, RUSTFLAGS: plain = '', CARGO_HOME: cargo } = process.env
  const given = encoded?.split(SEPARATOR) ?? plain.split(/\s+/)
  // The last one that fits counts.
  const replaced = [
    [homedir(), '/home'],
    [cargo ?? join(homedir(), '.cargo'), '/cargo'],
    [fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, ''), '/drivebell'],
  ]
  const remaps = replaced.map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  return [...given.filter(Boolean), ...remaps].join(SEPARATOR)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(encodedFlags())
