/**
 * Looks at the site in Chromium without a window, and prints what it sees as JSON:
 *
 *   node site.mjs URL CHROMIUM < PATHS
 *
 * PATHS is a JSON array with the paths of all pages.
 */
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [url, executablePath] = process.argv.slice(2)
const paths = JSON.parse(readFileSync(0, 'utf8'))
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync']
const NARROW = { width: 360, height: 740 }
const WIDE = { width: 1280, height: 900 }
const AT_ONCE = 4
/** In milliseconds, on a busy machine too. */
const DEADLINE = 60_000

const browser = await chromium.launch({ executablePath, args })
try {
  const waiting = [...paths]
  const pages = (await Promise.all(Array.from({ length: AT_ONCE }, () => lookAt(waiting)))).flat()
  const report = { pages, tabs: await switchTabs(), search: await search('resync'), themes: await themes() }
  process.stdout.write(`${JSON.stringify(report)}\n`)
} finally {
  await browser.close()
}

async function newPage(options) {
  const page = await browser.newPage(options)
  page.setDefaultTimeout(DEADLINE)
  return page
}

/** What goes wrong on a page, from now on. */
function errorsOf(page) {
  const errors = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('requestfailed', (request) => {
    const text = request.failure()?.errorText
    // What the page still loaded when it was left.
    if (text !== 'net::ERR_ABORTED') errors.push(`${request.url()} ${text}`)
  })
  page.on('response', (answer) => answer.status() >= 400 && errors.push(`${answer.url()} ${answer.status()}`))
  return errors
}

/** What is wrong with pages on a small screen. Takes them from a list that others take from too. */
async function lookAt(waiting) {
  const page = await newPage({ viewport: NARROW })
  const errors = errorsOf(page)
  const seen = []
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    await page.goto(url + path)
    const title = await page.title()
    const width = await page.evaluate(() => globalThis.document.documentElement.scrollWidth)
    seen.push({ path, title, width, errors: errors.splice(0) })
  }
  await page.close()
  return seen
}

/** The selected tabs of a page, after a choice on it and on the next page. */
async function switchTabs() {
  const page = await newPage({ viewport: WIDE })
  const selected = () => page.locator('[role=tab][aria-selected=true]').allTextContents()
  await page.goto(`${url}mirror/`)
  const before = await selected()
  await page.locator('[role=tab]', { hasText: 'Node' }).first().click()
  const after = await selected()
  const shown = await page.locator('[role=tabpanel]:visible').first().textContent()
  await page.goto(url)
  const elsewhere = await selected()
  await page.close()
  return { before: trimmed(before), after: trimmed(after), shown, elsewhere: trimmed(elsewhere) }
}

/** The pages that the search finds, by the address and title of each. */
async function search(word) {
  const page = await newPage({ viewport: WIDE })
  const errors = errorsOf(page)
  await page.goto(url)
  await page.locator('button[data-open-modal]').click()
  await page.locator('dialog input').fill(word)
  const results = page.locator('dialog .pagefind-ui__result-link')
  await results.first().waitFor()
  const found = await results.evaluateAll((links) => links.map(({ href, textContent }) => `${href} ${textContent}`))
  await page.close()
  return { errors, found }
}

/** The colours of a page, as the system asks for them and as the reader chooses. */
async function themes() {
  const colours = (page) =>
    page.evaluate(() => {
      const { document, getComputedStyle } = globalThis
      const { color, backgroundColor } = getComputedStyle(document.body)
      return { theme: document.documentElement.dataset.theme, color, backgroundColor }
    })
  const seen = {}
  for (const colorScheme of ['light', 'dark']) {
    const page = await newPage({ viewport: WIDE, colorScheme })
    await page.goto(`${url}options/`)
    seen[colorScheme] = await colours(page)
    if (colorScheme === 'light') {
      await page.locator('starlight-theme-select select').first().selectOption('dark')
      seen.chosen = await colours(page)
    }
    await page.close()
  }
  return seen
}

function trimmed(texts) {
  return texts.map((text) => text.trim())
}
