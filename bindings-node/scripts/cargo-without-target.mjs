#!/usr/bin/env node
// Cargo, as napi calls it, but for this machine. napi always names the target, even if it is this machine, and
// for a named one cargo compiles all dependencies apart from those that it has.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const args = process.argv.slice(2)
const [, target] = args.splice(args.indexOf('--target'), 2)
const { status } = spawnSync('cargo', args, { stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)

// Where napi looks for it.
const metadata = execFileSync('cargo', ['metadata', '--no-deps', '--format-version', '1'], { encoding: 'utf8' })
const { target_directory: folder } = JSON.parse(metadata)
const profile = args[args.indexOf('--profile') + 1]
const library = `libdrivebell_node.${process.platform === 'darwin' ? 'dylib' : 'so'}`
mkdirSync(join(folder, target, profile), { recursive: true })
copyFileSync(join(folder, profile, library), join(folder, target, profile, library))
