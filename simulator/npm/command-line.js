#!/usr/bin/env node
// The command `drivebell-simulator`.

const { spawn } = require('node:child_process')
const { program } = require('./index.js')

const child = spawn(found(), process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`drivebell-simulator: ${error.message}\n`)
  process.exitCode = 1
})
child.on('exit', (code) => {
  // Without a code, a signal has ended it.
  process.exitCode = code ?? 1
})

function found() {
  try {
    return program()
  } catch (error) {
    process.stderr.write(`drivebell-simulator: ${error.message}\n`)
    process.exit(1)
  }
}
