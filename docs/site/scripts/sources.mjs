/** Which documents of the repository are pages of the site, and at which address. */
import { readdirSync } from 'node:fs'
import { posix } from 'node:path'
import { REPOSITORY } from './places.mjs'

/** Those outside of `docs`. */
const ELSEWHERE = new Map([
  ['ARCHITECTURE.md', 'architecture'],
  ['CHANGELOG.md', 'changelog'],
  ['CONTRIBUTING.md', 'contributing'],
  ['RELEASING.md', 'releasing'],
  ['SECURITY.md', 'security'],
  ['THREATS.md', 'threats'],
  ['simulator/README.md', 'simulator'],
])

/** The address of each document, by the document's path in the repository. */
export function sources() {
  const found = new Map(ELSEWHERE)
  for (const entry of readdirSync(`${REPOSITORY}docs`, { recursive: true, withFileTypes: true })) {
    const path = posix.join(posix.relative(REPOSITORY, entry.parentPath), entry.name)
    if (entry.isFile() && path.endsWith('.md') && !path.startsWith('docs/site/')) {
      found.set(path, slugOf(path))
    }
  }
  return found
}

/** `docs/a/b.md` is at `a/b`. The README of a folder is the folder's own page. */
function slugOf(path) {
  return path.replace(/^docs\//, '').replace(/(\/(README|index))?\.md$/, '')
}
