/** What an editor shows of the package: every public class, interface and member has a comment. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { it } from 'node:test'

const FOLDER = dirname(createRequire(import.meta.url).resolve('drivebell'))

/** What the public classes are made of, which no program sees. */
const INTERNAL =
  /^(runtime|auth\/(?!credential|sign-in)|changes\/page|mirror\/(chunk|progress|change-stream)|event\/(buffer|dispatcher))/

const EXPORTED = /^export (declare )?(abstract )?(class|interface|type|function|const) (?<name>\w+)/
const MEMBER = /^ {4}(readonly |static |protected |abstract |get )*(?<name>[\w.[\]]+)[?(<:]/

/** The names of a file's declarations that have no comment. */
function* undocumented(declarations: string): Generator<string> {
  const lines = declarations.split('\n')
  let isPublic = false
  for (const [row, line] of lines.entries()) {
    if (/^\S/.test(line) && line !== '}') isPublic = line.startsWith('export ')
    const name = EXPORTED.exec(line)?.groups?.name ?? (isPublic && MEMBER.exec(line)?.groups?.name)
    if (!name || name === 'constructor') continue
    // Of an overloaded method, the first has the comment.
    const before = lines[row - 1]?.trim() ?? ''
    if (!before.endsWith('*/') && !before.includes(`${name}(`)) yield name
  }
}

it('every public member has a comment', async () => {
  const files = (await readdir(FOLDER, { recursive: true })).map((file) => file.replaceAll(sep, '/'))
  const declared = files.filter((file) => file.endsWith('.d.ts') && !INTERNAL.test(file))
  assert.ok(declared.length > 30)
  const found: string[] = []
  for (const file of declared) {
    for (const name of undocumented(await readFile(join(FOLDER, file), 'utf8'))) found.push(`${file}: ${name}`)
  }
  assert.deepEqual(found, [])
})

it('a member without a comment is found', () => {
  const text = `/** A. */\nexport declare class A {\n    /** B. */\n    b: number;\n    readonly c?: string;\n    static d(): void;\n}\n`
  assert.deepEqual([...undocumented(text)], ['c', 'd'])
})
