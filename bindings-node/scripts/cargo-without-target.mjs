#!/usr/bin/env node
// Cargo, as napi calls it, but for this machine. napi always names the target, even if it is this machine, and
// for a named one cargo compiles all dependencies apart from those that it has.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const LIBRARIES = ['libdrivebell_node.so', 'libdrivebell_node.dylib']

const args = process.argv.slice(2)
const [, target] = args.splice(args.indexOf('--target'), 2)
const { status } = spawnSync('cargo', args, { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// Where napi looks for it.
const metadata = execFileSync('cargo', ['metadata', '--no-deps', '--format-version', '1'], { encoding: 'utf8' })
const { target_directory: folder } = JSON.parse(metadata)
const profile = args[args.indexOf('--profile') + 1]
mkdirSync(join(folder, target, profile), { recursive: true })
for (const library of LIBRARIES) {
  const built = join(folder, profile, library)
  if (existsSync(built)) copyFileSync(built, join(folder, target, profile, library))
}
