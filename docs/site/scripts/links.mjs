/** Where the links of a document lead on the site. */
import { existsSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { BASE, GITHUB, RAW, REPOSITORY } from './places.mjs'

const ON_GITHUB = new RegExp(`^(?:${GITHUB}/(?:blob|tree)|${RAW})/main/`)

/** The link as the site writes it: to a page of the site, or else to GitHub. */
export function siteLink(link, document, pages) {
  const inRepository = pathInRepository(link, document)
  if (inRepository === undefined) {
    return link
  }
  const { path, anchor } = inRepository
  const slug = pages.get(path)
  if (slug !== undefined) {
    return `${BASE}${slug}/${anchor}`
  }
  const file = posix.join(REPOSITORY, path)
  if (!existsSync(file)) {
    throw new Error(`${document}: the link ${link} leads to ${path}, which does not exist`)
  }
  return `${GITHUB}/${statSync(file).isDirectory() ? 'tree' : 'blob'}/main/${path}${anchor}`
}

/** The file of the repository that a link names, relatively or at GitHub. */
export function pathInRepository(link, document) {
  const [target, ...anchors] = link.split('#')
  const anchor = anchors.length > 0 ? `#${anchors.join('#')}` : ''
  if (ON_GITHUB.test(target)) {
    return { path: posix.normalize(target.replace(ON_GITHUB, '')), anchor }
  }
  if (target === '' || /^[a-z][a-z0-9+.-]*:/.test(target)) {
    return undefined
  }
  return { path: posix.join(posix.dirname(document), target), anchor }
}
