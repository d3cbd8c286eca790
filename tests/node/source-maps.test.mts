/** "Go to definition" and stack traces lead to the TypeScript that the package contains. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire, SourceMap } from 'node:module'
import { dirname, isAbsolute, join, posix } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'

const FOLDER = dirname(createRequire(import.meta.url).resolve('drivebell/package.json'))

const read = (file: string) => readFile(join(FOLDER, file), 'utf8')

/** What `npm publish` would send. */
async function packed(): Promise<Set<string>> {
  const command = 'npm pack --dry-run --json --ignore-scripts'
  const { stdout } = await promisify(execFile)(command, { cwd: FOLDER, shell: true })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return new Set(files.map(({ path }) => path))
}

it('every file that is built has a map to a source in the package', async () => {
  const files = await packed()
  const built = [...files].filter((file) => /^dist\/.*\.m?(js|ts)$/.test(file))
  assert.ok(built.length > 100)
  for (const file of built) {
    assert.ok(files.has(`${file}.map`), file)
    const { sources, sourceRoot = '' } = JSON.parse(await read(`${file}.map`))
    assert.equal(sourceRoot, '')
    assert.equal(sources.length, 1, file)
    const source = sources[0] as string
    assert.ok(!isAbsolute(source), source)
    assert.ok(files.has(posix.join(posix.dirname(file), source)), `${file}: ${source}`)
  }
})

it('a class leads to its source, from its types and from its code', async () => {
  for (const [name, path] of [
    ['Client', 'client/client'],
    ['DriveItem', 'changes/item'],
    ['Resource', 'resource'],
  ] as const) {
    for (const extension of ['d.ts', 'js']) {
      const file = `dist/${path}.${extension}`
      const declared = new RegExp(`^(export declare )?class ${name}\\b`)
      const line = (await read(file)).split('\n').findIndex((line) => declared.test(line))
      assert.ok(line >= 0, file)
      const map = new SourceMap(JSON.parse(await read(`${file}.map`)))
      const entry = map.findEntry(line, 0)
      assert.ok('originalSource' in entry, file)
      const source = await read(posix.join('dist', posix.dirname(path), entry.originalSource))
      assert.match(source.split('\n')[entry.originalLine] ?? '', new RegExp(`class ${name}\\b`), file)
    }
  }
})
