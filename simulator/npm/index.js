const { readdirSync } = require('node:fs')
const { join } = require('node:path')

const FOLDER = join(__dirname, 'native')

exports.program = function program() {
  const prefix = `drivebell-simulator.${process.platform}-${process.arch}`
  const files = candidates(prefix)
  // On Linux there may be one for each C library.
  const suited = files.find((file) => file.includes(`-${cLibrary()}`)) ?? files[0]
  if (suited) return join(FOLDER, suited)
  throw new Error(
    `there is no ${join(FOLDER, `${prefix}*`)}: install drivebell-simulator on this platform. In a checkout, ` +
      'run `npm install` in simulator/npm to build it, which needs Rust (https://rustup.rs).',
  )
}

function candidates(prefix) {
  try {
    return readdirSync(FOLDER).filter((file) => file.startsWith(prefix))
  } catch {
    return []
  }
}

function cLibrary() {
  if (process.platform !== 'linux') return ''
  return process.report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl'
}
