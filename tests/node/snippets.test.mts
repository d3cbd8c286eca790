/** The documents' programs for Node are right as TypeScript too, in strict mode. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { diagnosticsOf } from './support/typescript.mjs'

/** Relative to `build`, where this file runs. */
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Where the packages are found. */
const FOLDER = path('snippets')

/** Benchmarks write these, with the programs that they ran. */
const MEASURED = ['drift.md', 'faults.md', 'limits.md', 'performance.md']

/** As strict as a program can ask for. */
const OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  skipLibCheck: false,
  noEmit: true,
  types: ['node'],
  typeRoots: [path('../../../bindings-node/node_modules/@types')],
  // Programs that move from it use it.
  paths: { 'socket.io-client': [path('../../servers/node_modules/socket.io-client/build/esm/index.d.ts')] },
}

/** Large packages, which are not installed for the sake of these declarations, and a module of newer versions of Node. */
const ABSENT = `declare module 'node:sqlite' {
  export type SQLInputValue = null | number | bigint | string | Uint8Array
  export class DatabaseSync {
    constructor(file: string)
    exec(sql: string): void
    prepare(sql: string): { all(...values: SQLInputValue[]): Record<string, SQLInputValue>[] }
  }
}
declare module 'vitest' {
  export const test: (name: string, run: () => Promise<void>) => void
  export const expect: (value: unknown) => { toBe(other: unknown): void }
}
declare module '@azure/identity-cache-persistence' {
  export const cachePersistencePlugin: import('@azure/identity').IdentityPlugin
}
`

async function documents(): Promise<string[]> {
  const folders = ['', 'errors/', 'events/', 'findings/']
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(path(`../../../docs/${folder}`))).map((name) => folder + name)),
  )
  const docs = names.flat().filter((name) => name.endsWith('.md') && !MEASURED.includes(name))
  return ['README.md', 'bindings-node/README.md', ...docs.map((name) => `docs/${name}`)]
}

/** The programs of a document, by the lines on which they begin. */
function* programsOf(markdown: string): Generator<[line: number, code: string]> {
  for (const { index, 1: code = '' } of markdown.matchAll(/^```(?:js|mjs|ts|mts)\n(.*?)^```$/gms)) {
    yield [markdown.slice(0, index).split('\n').length + 1, code]
  }
}

/** Writes the programs, and returns what the compiler says of them. */
async function check(programs: readonly [name: string, code: string][]): Promise<string> {
  await rm(FOLDER, { recursive: true, force: true })
  await mkdir(FOLDER)
  try {
    for (const [name, code] of programs) await writeFile(join(FOLDER, name), `${code}\nexport {}\n`)
    await writeFile(join(FOLDER, 'absent.d.ts'), ABSENT)
    await writeFile(join(FOLDER, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, include: ['*'] }))
    return await diagnosticsOf(FOLDER)
  } finally {
    await rm(FOLDER, { recursive: true, force: true })
  }
}

it('every program in the documents compiles', async () => {
  const programs: [name: string, code: string][] = []
  for (const document of await documents()) {
    const name = document.replace(/\.md$/, '').replaceAll('/', '-')
    for (const [line, code] of programsOf(await readFile(path(`../../../${document}`), 'utf8'))) {
      programs.push([`${name}-line-${line}.mts`, code])
    }
  }
  assert.ok(programs.length > 15)
  assert.equal(await check(programs), '')
})

it('the program that makes values by hand runs', async () => {
  const programs = [...programsOf(await readFile(path('../../../bindings-node/README.md'), 'utf8'))]
  const [, source = ''] = programs.find(([, code]) => code.includes('ChangeBatch.from')) ?? []
  const lines = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], { cwd: path('..') })
  assert.equal((await lines).stdout, 'something changed in /me/drive/root\n')
})

it('a program with a mistake is found', async () => {
  const found = await check([
    ['right.mts', "import { Resource } from 'drivebell'\nResource.drive('a')"],
    ['wrong.mts', "import { Resource } from 'drivebell'\nResource.drive(7)"],
  ])
  assert.match(found, /^wrong\.mts\(2,16\): error TS2345: [^\n]+$/)
})
