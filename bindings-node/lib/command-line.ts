#!/usr/bin/env node
/** The command `drivebell`; the addon contains it. */
import type * as Runtime from './runtime/addon'

function load(): typeof Runtime.addon {
  try {
    require('./runtime/node-version')
    return (require('./runtime/addon') as typeof Runtime).addon
  } catch (error) {
    process.stderr.write(`drivebell: ${(error as Error).message}\n`)
    process.exit(1)
  }
}

const addon = load()

// Node's default handlers would end the process before the command has disconnected. Adding a listener
// removes them, and removing it restores the system's default.
const listener = () => {}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, listener).off(signal, listener)

process.exitCode = addon.runCommandLine(['drivebell', ...process.argv.slice(2)])
