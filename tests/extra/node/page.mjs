/**
 * Opens a page in Chromium without a window, and prints what it shows whenever that changes:
 *
 *   node page.mjs URL CHROMIUM
 */
import { chromium } from 'playwright-core'

const [url, executablePath] = process.argv.slice(2)
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync']
const browser = await chromium.launch({ executablePath, args })
process.once('SIGTERM', () => browser.close())

const page = await browser.newPage()
page.on('pageerror', (error) => console.log(`error: ${error}`))
await page.exposeFunction('tell', (state, lines) => console.log(`${state}: ${lines.sort().join(' ')}`))
await page.addInitScript(() => {
  const { document, MutationObserver, tell } = globalThis
  const show = () => {
    const lines = [...document.querySelectorAll('li')].map((line) => line.textContent)
    tell(document.querySelector('#state').textContent, lines)
  }
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(show).observe(document.body, { childList: true, subtree: true, characterData: true })
  })
})
await page.goto(url)
