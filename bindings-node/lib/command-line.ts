#!/usr/bin/env node
/** The command `drivebell`, which is in the addon. */
import { addon } from './runtime/addon'

// Node's own handlers would end the process before the command has said goodbye. A listener takes their
// place, and when it goes, what it leaves behind is the system's default.
const listener = () => {}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, listener).off(signal, listener)

process.exitCode = addon.runCommandLine(['drivebell', ...process.argv.slice(2)])
