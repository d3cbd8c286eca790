/** Writes the pages that Starlight reads, from the documents of the repository. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { toPage } from './page.mjs'
import { CONTENT, OWN_PAGES, REPOSITORY } from './places.mjs'
import { sources } from './sources.mjs'

const pages = sources()
const problems = []

rmSync(CONTENT, { recursive: true, force: true })
cpSync(OWN_PAGES, CONTENT, { recursive: true })
for (const [document, slug] of pages) {
  try {
    writePage(document, slug)
  } catch (error) {
    problems.push(error.message)
  }
}
if (problems.length > 0) {
  throw new Error(`the site cannot be built:\n${problems.join('\n')}`)
}

function writePage(document, slug) {
  const { page, images } = toPage(document, readFileSync(join(REPOSITORY, document), 'utf8'), pages)
  const file = join(CONTENT, `${slug}.mdx`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page)
  for (const image of images) {
    cpSync(join(REPOSITORY, image), join(dirname(file), basename(image)))
  }
}
