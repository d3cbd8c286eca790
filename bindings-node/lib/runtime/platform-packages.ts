// Written by `make generate` from `napi.targets` and `version` of package.json. Do not edit.

import type { CLibrary } from './c-library'

/** The version of this package, which its addon must have too. */
export const VERSION = '0.1.0'

/** A platform that has a package with the addon. Only Linux has a choice of C libraries. */
export interface Platform {
  readonly name: string
  readonly os: string
  readonly cpu: string
  readonly cLibrary: CLibrary | undefined
}

export const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64-gnu', os: 'linux', cpu: 'x64', cLibrary: 'glibc' },
  { name: 'linux-arm64-gnu', os: 'linux', cpu: 'arm64', cLibrary: 'glibc' },
  { name: 'linux-arm-gnueabihf', os: 'linux', cpu: 'arm', cLibrary: 'glibc' },
  { name: 'linux-riscv64-gnu', os: 'linux', cpu: 'riscv64', cLibrary: 'glibc' },
  { name: 'linux-s390x-gnu', os: 'linux', cpu: 's390x', cLibrary: 'glibc' },
  { name: 'linux-ppc64-gnu', os: 'linux', cpu: 'ppc64', cLibrary: 'glibc' },
  { name: 'linux-x64-musl', os: 'linux', cpu: 'x64', cLibrary: 'musl' },
  { name: 'linux-arm64-musl', os: 'linux', cpu: 'arm64', cLibrary: 'musl' },
  { name: 'darwin-x64', os: 'darwin', cpu: 'x64', cLibrary: undefined },
  { name: 'darwin-arm64', os: 'darwin', cpu: 'arm64', cLibrary: undefined },
  { name: 'win32-x64-msvc', os: 'win32', cpu: 'x64', cLibrary: undefined },
  { name: 'win32-arm64-msvc', os: 'win32', cpu: 'arm64', cLibrary: undefined },
]

/**
 * Requires the package of this platform.
 *
 * Bundlers see a `require` only if it names its package literally. They leave out one that they cannot
 * resolve only if it is inside of a `try` of the same function.
 */
export function requirePackage(cLibrary: CLibrary | undefined): { addon: unknown } | { error: Error } | undefined {
  try {
    if (process.platform === 'linux' && process.arch === 'x64' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-x64-gnu') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'arm64' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-arm64-gnu') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'arm' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-arm-gnueabihf') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'riscv64' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-riscv64-gnu') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 's390x' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-s390x-gnu') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'ppc64' && cLibrary === 'glibc') {
      return { addon: require('@drivebell/linux-ppc64-gnu') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'x64' && cLibrary === 'musl') {
      return { addon: require('@drivebell/linux-x64-musl') as unknown }
    }
    if (process.platform === 'linux' && process.arch === 'arm64' && cLibrary === 'musl') {
      return { addon: require('@drivebell/linux-arm64-musl') as unknown }
    }
    if (process.platform === 'darwin' && process.arch === 'x64') {
      return { addon: require('@drivebell/darwin-x64') as unknown }
    }
    if (process.platform === 'darwin' && process.arch === 'arm64') {
      return { addon: require('@drivebell/darwin-arm64') as unknown }
    }
    if (process.platform === 'win32' && process.arch === 'x64') {
      return { addon: require('@drivebell/win32-x64-msvc') as unknown }
    }
    if (process.platform === 'win32' && process.arch === 'arm64') {
      return { addon: require('@drivebell/win32-arm64-msvc') as unknown }
    }
  } catch (error) {
    return { error: error as Error }
  }
  return undefined
}
