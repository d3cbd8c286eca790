const { readdirSync } = require('node:fs')
const { join } = require('node:path')
const PLATFORMS = require('./platforms.json')

/** Where a checkout has the program that it has built. */
const BUILT = join(__dirname, 'native')
const PROGRAM = process.platform === 'win32' ? 'drivebell-simulator.exe' : 'drivebell-simulator'

exports.program = function program() {
  const built = builtFile()
  if (built) return built
  const library = process.platform === 'linux' ? cLibrary() : undefined
  const platform = PLATFORMS.find(
    ({ os, cpu, libc }) => os === process.platform && cpu === process.arch && libc === library,
  )
  if (!platform) throw unsupported(library)
  const found = find(platform)
  if (!found) throw notInstalled(platform)
  return found
}

function find({ name }) {
  try {
    return require.resolve(`${packageName(name)}/${PROGRAM}`)
  } catch {
    return undefined
  }
}

function notInstalled(platform) {
  const others = PLATFORMS.filter(({ name }) => isInstalled(packageName(name)))
  const advice =
    others.length > 0
      ? `, but ${others.map(({ name }) => packageName(name)).join(' and ')} is: node_modules comes from another ` +
        'system. Do not copy it: run `npm ci` where the program runs.'
      : '. It is an optional dependency: run `npm install --include=optional`. If that does not help, delete ' +
        'node_modules and package-lock.json, and run `npm install`: older versions of npm leave it out if the lock ' +
        'file was made on another system (https://github.com/npm/cli/issues/4828).'
  return simulatorError(
    `there is no drivebell-simulator for ${platform.name}: ${packageName(platform.name)} is not installed${advice}`,
  )
}

function unsupported(library) {
  const here = [process.platform, process.arch, ...(library ? [library] : [])].join('-')
  return simulatorError(
    `there is no drivebell-simulator for ${here}, but for ${PLATFORMS.map(({ name }) => name).join(', ')}. Elsewhere, ` +
      'build it from a checkout, which needs Rust (https://rustup.rs), and set DRIVEBELL_SIMULATOR to its path.',
  )
}

function simulatorError(message) {
  return Object.assign(new Error(message), { code: 'ERR_DRIVEBELL_SIMULATOR' })
}

function packageName(platform) {
  return `@drivebell/simulator-${platform}`
}

function isInstalled(name) {
  try {
    require.resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}

/** In a checkout, only the program of one platform is there: that of the machine that has built it. */
function builtFile() {
  try {
    const start = `drivebell-simulator.${process.platform}-${process.arch}`
    const name = readdirSync(BUILT).find((file) => file.startsWith(start))
    return name && join(BUILT, name)
  } catch {
    return undefined
  }
}

function cLibrary() {
  // Without it, the report asks for the names of all connections.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}
