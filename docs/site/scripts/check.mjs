/**
 * Checks where the links of the built site lead: to a page of it, or to a file of the repository.
 *
 *   node check.mjs [FOLDER]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BASE, GITHUB, ORIGIN, REPOSITORY, SITE } from './places.mjs'

const BUILT = process.argv[2] ?? `${SITE}dist`
const TARGET = /(?:<a\b[^>]*\bhref|\bsrc)="([^"#?]*)/g
const IN_REPOSITORY = new RegExp(`^${GITHUB}/(?:blob|tree|edit)/main/(.+)$`)

const pages = readdirSync(BUILT, { recursive: true }).filter((file) => file.endsWith('.html'))
const broken = new Set()
for (const page of pages) {
  for (const [, target] of readFileSync(join(BUILT, page), 'utf8').matchAll(TARGET)) {
    if (!exists(decodeURI(target).replace(ORIGIN, ''))) {
      broken.add(`${page}: ${target}`)
    }
  }
}
if (broken.size > 0) {
  throw new Error(`links of the site lead nowhere:\n${[...broken].join('\n')}`)
}

function exists(target) {
  const inRepository = IN_REPOSITORY.exec(target)
  if (inRepository !== null) {
    return existsSync(join(REPOSITORY, inRepository[1]))
  }
  if (!target.startsWith('/')) {
    return true
  }
  const path = target.startsWith(BASE) ? target.slice(BASE.length) : undefined
  const file = path === '' || path?.endsWith('/') ? `${path}index.html` : path
  return file !== undefined && existsSync(join(BUILT, file))
}
