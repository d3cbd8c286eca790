/** Makes a page of Starlight from a document that is written for GitHub. */
import { posix } from 'node:path'
import { toString as textOf } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkMdx from 'remark-mdx'
import remarkParse from 'remark-parse'
import remarkStringify from 'remark-stringify'
import { unified } from 'unified'
import { SKIP, visit } from 'unist-util-visit'
import { pathInRepository, siteLink } from './links.mjs'
import { GITHUB } from './places.mjs'

const COMMENT = /^<!--[\s\S]*?-->$/
const GENERATED = /^<!-- Written by/
const LABELS = { sh: 'Shell', python: 'Python', js: 'Node', ts: 'TypeScript', rust: 'Rust' }
/** GitHub's alerts, as Starlight calls them. */
const ALERTS = { NOTE: 'note', TIP: 'tip', IMPORTANT: 'note', WARNING: 'caution', CAUTION: 'danger' }
const ALERT = new RegExp(`^\\[!(${Object.keys(ALERTS).join('|')})\\]\\n?`)

const LONG_LINE = 100

const parser = unified().use(remarkParse).use(remarkGfm)
// As MDX, which has components. It escapes what would be one by accident.
const writer = unified().use(remarkStringify).use(remarkGfm, { tablePipeAlign: false }).use(remarkMdx)

/**
 * @param {string} document its path in the repository
 * @param {string} markdown
 * @param {Map<string, string>} pages the addresses of all documents
 * @returns {{ page: string, images: string[] }} the page, and the images that it shows, by their paths in the
 *   repository; it expects them beside itself.
 */
export function toPage(document, markdown, pages) {
  const tree = parser.parse(markdown)
  const isGenerated = tree.children[0]?.type === 'html' && GENERATED.test(tree.children[0].value)
  replaceHtml(tree, document)
  const title = takeTitle(tree, document)
  const description = firstSentence(tree)
  const images = changeTargets(tree, document, pages)
  wrapLongLines(tree)
  const components = new Set([...useTabs(tree), ...useAsides(tree)])
  const frontmatter = {
    title,
    ...(description && { description }),
    editUrl: isGenerated ? false : `${GITHUB}/edit/main/${document}`,
  }
  return { page: write(tree, frontmatter, components), images }
}

function write(tree, frontmatter, components) {
  const lines = [
    '---',
    ...Object.entries(frontmatter).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    '---',
  ]
  if (components.size > 0) {
    lines.push('', `import { ${[...components].sort().join(', ')} } from '@astrojs/starlight/components'`)
  }
  return `${lines.join('\n')}\n\n${writer.stringify(tree)}`
}

/** Comments are for the tests, and a cell of a table has no other way to begin a line. */
function replaceHtml(tree, document) {
  visit(tree, 'html', (node, index, parent) => {
    if (node.value === '<br>') {
      parent.children[index] = { type: 'mdxJsxTextElement', name: 'br', attributes: [], children: [] }
      return undefined
    }
    if (!COMMENT.test(node.value)) {
      throw new Error(`${document}:${node.position.start.line}: the site cannot show ${node.value}: write Markdown`)
    }
    parent.children.splice(index, 1)
    return [SKIP, index]
  })
}

function takeTitle(tree, document) {
  const [heading] = tree.children
  if (heading?.type !== 'heading' || heading.depth !== 1) {
    throw new Error(`${document} does not begin with its title, a line with \`# \``)
  }
  tree.children.shift()
  return textOf(heading)
}

/** Of the first paragraph that does not introduce what follows it. */
function firstSentence(tree) {
  const paragraphs = tree.children.filter(({ type }) => type === 'paragraph')
  const texts = paragraphs.map((paragraph) => textOf(paragraph).replaceAll('\n', ' '))
  return /^.*?\.(?= |$)/.exec(texts.find((text) => text.endsWith('.')) ?? '')?.[0]
}

function changeTargets(tree, document, pages) {
  const images = new Set()
  visit(tree, ['link', 'definition', 'image'], (node) => {
    const image = node.type === 'image' ? pathInRepository(node.url, document)?.path : undefined
    if (image !== undefined) {
      images.add(image)
      node.url = `./${posix.basename(image)}`
    } else if (node.type !== 'image') {
      node.url = siteLink(node.url, document, pages)
    }
  })
  return [...images]
}

/** Puts code of several languages, one after the other, into tabs. All tabs of the site change together. */
function useTabs(tree) {
  let found = false
  visit(tree, (node) => {
    if (!('children' in node)) {
      return
    }
    for (let start = 0; start < node.children.length; start += 1) {
      const blocks = sameInOtherLanguages(node.children, start)
      if (blocks.length > 1) {
        const tabs = blocks.map((block) => element('TabItem', { label: LABELS[block.lang] }, [block]))
        node.children.splice(start, blocks.length, element('Tabs', { syncKey: 'lang' }, tabs))
        found = true
      }
    }
  })
  return found ? ['Tabs', 'TabItem'] : []
}

function sameInOtherLanguages(nodes, start) {
  const blocks = []
  const languages = new Set()
  for (const node of nodes.slice(start)) {
    if (node.type !== 'code' || !(node.lang in LABELS) || languages.has(node.lang)) {
      break
    }
    languages.add(node.lang)
    blocks.push(node)
  }
  return blocks
}

/** What programs print is read, not copied. A drawing has short lines and stays as it is. */
function wrapLongLines(tree) {
  visit(tree, 'code', (node) => {
    if (node.lang === 'text' && node.value.split('\n').some((line) => line.length > LONG_LINE)) {
      node.meta = 'wrap'
    }
  })
}

function useAsides(tree) {
  let found = false
  visit(tree, 'blockquote', (node, index, parent) => {
    const first = node.children[0]?.children?.[0]
    const alert = first?.type === 'text' ? ALERT.exec(first.value) : null
    if (alert !== null) {
      first.value = first.value.slice(alert[0].length)
      parent.children[index] = element('Aside', { type: ALERTS[alert[1]] }, node.children)
      found = true
    }
  })
  return found ? ['Aside'] : []
}

function element(name, attributes, children) {
  return {
    type: 'mdxJsxFlowElement',
    name,
    attributes: Object.entries(attributes).map(([key, value]) => ({ type: 'mdxJsxAttribute', name: key, value })),
    children,
  }
}
