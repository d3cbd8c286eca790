/** The order of the pages. A page of `docs` that is in no group fails the build. */
import { sources } from './sources.mjs'

const TYPESCRIPT = Symbol('the reference that typedoc writes')

/**
 * A page by its slug, a folder of pages by `folder`, another address by `link`. Pages of a folder are called by
 * their titles, or by their `names` where titles are sentences.
 */
const GROUPS = [
  {
    label: 'Start',
    pages: [
      ['getting-started', 'Getting started'],
      ['sign-in', 'Sign in'],
      ['which-resource', 'Which resource to watch'],
    ],
  },
  {
    label: 'Guides',
    pages: [
      ['notifications', 'Notifications'],
      ['gaps', 'Gaps and resync'],
      ['changes', 'What changed'],
      ['mirror', 'A mirror of the tree'],
      ['drift', 'What Graph loses'],
      ['many-drives', 'Many drives'],
      ['stores', 'Checkpoint stores'],
      ['scale', 'A fleet of workers'],
      ['service', 'Run as a service'],
      ['testing', 'Test your program'],
      ['credentials', 'Credentials'],
      ['network', 'Proxies and clouds'],
      ['observability', 'Logs and metrics'],
      ['python', 'Python: loops and threads'],
      ['bundlers', 'Node: bundlers'],
      ['migration', 'Move to drivebell'],
    ],
  },
  {
    label: 'Reference',
    pages: [
      ['options', 'Options'],
      ['command-line', 'Command line'],
      ['simulator', 'Simulator'],
      TYPESCRIPT,
      { label: 'Python API', collapsed: true, items: [{ autogenerate: { directory: 'reference/python' } }] },
      {
        label: 'Rust API',
        collapsed: true,
        items: [
          { label: 'drivebell', link: 'https://docs.rs/drivebell' },
          { label: 'drivebell-mirror', link: 'https://docs.rs/drivebell-mirror' },
        ],
      },
      { label: 'Errors', folder: 'errors', labels: 'names' },
      { label: 'Events', folder: 'events', labels: 'names' },
      { label: 'Findings of doctor', folder: 'findings', labels: 'names' },
    ],
  },
  {
    label: 'Background',
    pages: [
      ['faults', 'Under faults'],
      ['performance', 'Speed and memory'],
      ['performance/delta', 'Speed of delta queries'],
      ['performance/mirror', 'Speed of mirrors'],
      ['limits', 'Limits'],
      ['threats', 'Threats'],
      ['security', 'Security policy'],
      ['architecture', 'Architecture'],
      { label: 'Decisions', folder: 'decisions' },
      ['changelog', 'Changelog'],
    ],
  },
  {
    label: 'Contribute',
    pages: [
      ['contributing', 'Working on drivebell'],
      ['releasing', 'Releasing'],
    ],
  },
]

/**
 * @param {object} typeScript the group of the reference that typedoc writes
 * @param {Iterable<string>} pages the addresses of the pages
 * @returns the sidebar as Starlight wants it
 */
export function sidebar(typeScript, pages = sources().values()) {
  const slugs = new Set(pages)
  const placed = new Set()
  const place = (slug) => {
    placed.add(slug)
    return slug
  }

  const entry = (page) => {
    if (Array.isArray(page)) {
      const [slug, label] = page
      if (!slugs.has(slug)) {
        throw missing(slug)
      }
      return { slug: place(slug), label }
    }
    if (page === TYPESCRIPT) {
      return typeScript
    }
    return page.folder === undefined ? page : folder(page, slugs, place)
  }
  const groups = GROUPS.map(({ label, pages }) => ({ label, items: pages.map(entry) }))
  const lost = [...slugs].filter((slug) => !placed.has(slug))
  if (lost.length > 0) {
    throw new Error(`docs/site/scripts/sidebar.mjs has no place for ${lost.join(', ')}`)
  }
  return groups
}

function folder({ label, folder: name, labels }, slugs, place) {
  const pages = [...slugs].filter((slug) => slug === name || slug.startsWith(`${name}/`)).sort()
  const item = (slug) => {
    const short = slug === name ? 'Overview' : slug.slice(name.length + 1).replaceAll('-', ' ')
    return labels === 'names' ? { slug: place(slug), label: short } : { slug: place(slug) }
  }
  if (pages.length === 0) {
    throw missing(name)
  }
  return { label, collapsed: true, items: pages.map(item) }
}

function missing(slug) {
  return new Error(`docs/site/scripts/sidebar.mjs names ${slug}, which is no page of docs`)
}
