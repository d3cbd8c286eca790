import { createRequire } from 'node:module'
import { HELP_URLS } from '../names'
import type { CLibrary } from './c-library'
import { PLATFORMS, type Platform } from './platform-packages'

/** Names the addon where it is not in a package, as in a program that is one file. */
export const VARIABLE = 'DRIVEBELL_ADDON'

const GUIDE = 'https://drivebell.github.io/drivebell/bundlers/'
/** It leaves out the package of this platform. */
const NPM_BUG = 'https://github.com/npm/cli/issues/4828'

/** Systems with this C library. */
const EXAMPLES = { glibc: 'a Debian or Ubuntu', musl: 'an Alpine' }

export const packageName = (platform: string): string => `@drivebell/${platform}`

/** The error of a package that cannot be loaded. It is no `DrivebellError`: that class cannot be had then. */
export function addonError(message: string, cause?: unknown): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  return Object.assign(error, { code: 'ERR_DRIVEBELL_ADDON', helpUrl: HELP_URLS.addon })
}

/** The platform of this process has no package. */
export function unsupportedPlatform(cLibrary: CLibrary | undefined): Error {
  const here = [process.platform, process.arch, ...(cLibrary ? [cLibrary] : [])].join('-')
  return addonError(
    `drivebell has no addon for ${here}. It has addons for ${PLATFORMS.map(({ name }) => name).join(', ')}. ` +
      'To use drivebell elsewhere, build the addon from a checkout, which needs Rust (https://rustup.rs), and set ' +
      `${VARIABLE} to its absolute path: ${GUIDE}`,
  )
}

/** The package of this platform is not there, or what is in it cannot be loaded. */
export function failedPackage(platform: Platform, cause: Error): Error {
  const name = packageName(platform.name)
  if (isInstalled(name)) {
    return addonError(
      `cannot load drivebell's addon for ${platform.name}: ${name} is installed, but cannot be loaded: ` +
        `${reason(cause)}.${explained(cause.message, platform.cLibrary)} Install it again: run \`npm ci\`. ${inABundle()}`,
      cause,
    )
  }
  const others = PLATFORMS.filter((other) => isInstalled(packageName(other.name)))
  const what = others.length > 0 ? installedElsewhere(platform, others) : notInstalled(cause)
  return addonError(
    `cannot load drivebell's addon for ${platform.name}: ${name} is not installed${what} ${inABundle()}`,
    cause,
  )
}

function installedElsewhere(platform: Platform, others: Platform[]): string {
  const names = others.map(({ name }) => packageName(name)).join(' and ')
  return (
    `, but ${names} ${others.length > 1 ? 'are' : 'is'}: node_modules comes from ${origin(platform, others)}. Do not copy ` +
    'node_modules: run `npm ci` where the program runs.'
  )
}

function origin(platform: Platform, others: Platform[]): string {
  const ofSystem = others.filter(({ os }) => os === platform.os)
  const [other] = ofSystem
  if (!other) return 'another system'
  const cLibrary = ofSystem.find(({ cpu }) => cpu === platform.cpu)?.cLibrary
  // A Mac runs programs for both processors.
  if (!cLibrary) return `a Node for ${other.cpu}, and this one is for ${platform.cpu}`
  return `a system with ${cLibrary}, such as ${EXAMPLES[cLibrary]} container, and this Node uses ${platform.cLibrary}`
}

function notInstalled(cause: Error & { code?: string }): string {
  const why = `: ${reason(cause)}.`
  // A program that is one file: it finds no packages, installed or not.
  if (cause.code === 'ERR_UNKNOWN_BUILTIN_MODULE') return why
  return (
    `${why} It is an optional dependency: run \`npm install --include=optional\`. If that does not help, delete ` +
    'node_modules and package-lock.json, and run `npm install`: older versions of npm leave it out if the lock file ' +
    `was made on another system (${NPM_BUG}).`
  )
}

/** What the system's loader means. */
export function explained(message: string, cLibrary: CLibrary | undefined): string {
  if (/GLIBC_[\d.]+' not found/.test(message)) {
    return ' The glibc of this system is too old: drivebell needs 2.17 or newer.'
  }
  if (cLibrary === 'glibc' && /libc\.musl|ld-musl|\blibc\.so\b(?!\.\d)/.test(message)) {
    return ' It is built for musl, and this Node uses glibc.'
  }
  if (cLibrary === 'musl' && /ld-linux|\bld64\.so|libc\.so\.6|GLIBC_|libgcc_s/.test(message)) {
    return ' It is built for glibc, and this Node uses musl.'
  }
  return ''
}

/** The message without who has required the file, and without its full stop. */
export function reason({ message }: Error): string {
  return message.replace(/\nRequire stack:.*$/s, '').replace(/\.$/, '')
}

function inABundle(): string {
  return (
    'If a bundler has put drivebell into your program, keep drivebell external there, or set ' +
    `${VARIABLE} to the absolute path of the addon: ${GUIDE}`
  )
}

function isInstalled(name: string): boolean {
  // A bundle as an ES module has no such name.
  if (typeof __filename !== 'string') return false
  try {
    createRequire(__filename).resolve(`${name}/package.json`)
    return true
  } catch {
    return false
  }
}
