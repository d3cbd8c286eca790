#!/usr/bin/env node
/** The command `drivebell`; the addon contains it. */
import { addon } from './runtime/addon'

// Node's default handlers would end the process before the command has disconnected. Adding a listener
// removes them, and removing it restores the system's default.
const listener = () => {}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, listener).off(signal, listener)

process.exitCode = addon.runCommandLine(['drivebell', ...process.argv.slice(2)])
