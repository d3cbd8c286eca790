// Writes the platforms into the code that looks for their packages.
import { writeFileSync } from 'node:fs'
import { PLATFORMS, VERSION } from './platforms.mjs'

const HEAD = '// Written by `make generate` from `napi.targets` and `version` of package.json. Do not edit.\n'

const branches = PLATFORMS.map(({ name, os, cpu, libc }) => {
  const conditions = [`process.platform === '${os}'`, `process.arch === '${cpu}'`]
  if (libc) conditions.push(`cLibrary === '${libc}'`)
  return `    if (${conditions.join(' && ')}) {\n      return { addon: require('@drivebell/${name}') as unknown }\n    }`
})

const code = `${HEAD}
import type { CLibrary } from './c-library'

/** The version of this package, which its addon must have too. */
export const VERSION = '${VERSION}'

/** A platform that has a package with the addon. Only Linux has a choice of C libraries. */
export interface Platform {
  readonly name: string
  readonly os: string
  readonly cpu: string
  readonly cLibrary: CLibrary | undefined
}

export const PLATFORMS: readonly Platform[] = [
${PLATFORMS.map(
  ({ name, os, cpu, libc }) =>
    `  { name: '${name}', os: '${os}', cpu: '${cpu}', cLibrary: ${libc ? `'${libc}'` : 'undefined'} },`,
).join('\n')}
]

/**
 * Requires the package of this platform.
 *
 * Bundlers see a \`require\` only if it names its package literally. They leave out one that they cannot
 * resolve only if it is inside of a \`try\` of the same function.
 */
export function requirePackage(cLibrary: CLibrary | undefined): { addon: unknown } | { error: Error } | undefined {
  try {
${branches.join('\n')}
  } catch (error) {
    return { error: error as Error }
  }
  return undefined
}
`

writeFileSync(new URL('../lib/runtime/platform-packages.ts', import.meta.url), code)
writeFileSync(
  new URL('../../simulator/npm/platforms.json', import.meta.url),
  `${JSON.stringify(
    PLATFORMS.map(({ name, os, cpu, libc }) => ({ name, os, cpu, libc })),
    null,
    2,
  )}\n`,
)
