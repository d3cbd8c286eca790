// A person on the page of `drivebell-simulator --ui`, in a real browser.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { Resource } from 'drivebell'
import { startSimulator } from 'drivebell/testing'
import { chromium } from 'playwright-core'

const HOSTILE = '&lt;img src=x onerror=alert(1)&gt;'
const HOSTILE_DRIVE = '<img src=x onerror=alert(1)>'
// What a browser does by itself, on a machine without a display and without a network.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let folder
let browser
let simulator
let page
/** What no page may do: errors, dialogs, and requests to elsewhere. */
let complaints

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drivebell-page-'))
  browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
    headless: true,
    viewport: { width: 1280, height: 900 },
  })
  browser.setDefaultTimeout(20_000)
})
after(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

beforeEach(async () => {
  simulator = await startSimulator({ options: ['--ui', '--drive', HOSTILE_DRIVE] })
  page = await browser.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(`${error}`))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('dialog', (dialog) => complaints.push(dialog.message()))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${simulator.baseUrl}/`)) complaints.push(request.url())
  })
  await page.goto(`${simulator.baseUrl}/`)
})
afterEach(async () => {
  await page.close()
  await simulator.close()
  assert.deepEqual(complaints, [])
})

const item = (name) => page.getByRole('list', { name: 'Items' }).getByText(name, { exact: true })
const button = (name) => page.getByRole('button', { name, exact: true })
const list = (name) => page.locator('ul, ol').and(page.getByLabel(name, { exact: true }))

/** The kind of the next notification, which must come. */
async function kindOf(notes) {
  const late = new Promise((_, reject) => setTimeout(reject, 20_000, new Error('no notification')).unref())
  const { value } = await Promise.race([notes.next(), late])
  return value.kind
}

/** The simulator has refused one request, of which the browser tells too. */
function assertRefused() {
  assert.match(complaints.splice(0).join(), /^Failed to load resource: [^,]*400 \(Bad Request\)$/)
}

async function upload(trigger, name, content) {
  const file = join(folder, name)
  await writeFile(file, content)
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), trigger.click()])
  await chooser.setFiles(file)
}

test('a person uploads, renames and deletes, and sees the notifications go out', async () => {
  const client = simulator.client()
  const sub = await client.subscribe(Resource.myDrive())
  const notes = sub[Symbol.asyncIterator]()
  await page.getByText('1 session', { exact: true }).waitFor()
  await list('Sessions').getByText('URL expires in 60 min').waitFor()

  await upload(button('Upload'), 'report.txt', 'content')
  await item('report.txt').waitFor()
  assert.equal(await kindOf(notes), 'changed')
  await list('Notifications').getByText('b!me').waitFor()
  await page.getByText('1 so far').waitFor()

  await item('report.txt').hover()
  await button('Rename report.txt').click()
  await page.getByRole('textbox', { name: 'Rename' }).fill('renamed.txt')
  await page.keyboard.press('Enter')
  await item('renamed.txt').waitFor()
  assert.equal(await kindOf(notes), 'changed')

  await item('renamed.txt').hover()
  await button('Delete renamed.txt').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await item('renamed.txt').waitFor({ state: 'detached' })
  assert.equal(await kindOf(notes), 'changed')
  await page.getByText('This drive is empty').waitFor()
  await list('Sessions').getByText('3 notifications').waitFor()
  assert.deepEqual(await simulator.children(), [])

  await button('Notify').click()
  await page.getByText('Notified 1 session of b!me').waitFor()
  assert.equal(await kindOf(notes), 'changed')
  await client.close()
  await page.getByText('No program is connected').waitFor()
})

test('the keyboard is enough', async () => {
  await button('New folder').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.type('letters')
  await page.keyboard.press('Enter')
  await button('letters').waitFor()
  await button('letters').focus()
  await page.keyboard.press('Enter')
  await page.locator('[aria-expanded="true"]').waitFor()
  // The focus stays when the tree is made anew.
  assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'letters')
  for (const wanted of ['Upload letters', 'New folder letters']) {
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.ariaLabel'), wanted)
  }
  await page.keyboard.press('Space')
  await page.keyboard.type('inside')
  await page.keyboard.press('Enter')
  await button('inside').waitFor()
  await button('Delete inside').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  assert.deepEqual(
    (await simulator.children('/letters')).map(({ path }) => path),
    ['/letters/inside'],
  )
})

test('what others change is shown, also in open folders', async () => {
  await simulator.upload('/a/b.txt', 'x'.repeat(2500))
  await button('a').click()
  await item('b.txt').waitFor()
  await item('2.5 KB').waitFor()
  await simulator.rename('/a/b.txt', 'c.txt')
  await item('c.txt').waitFor()
  await upload(button('Upload a'), 'd.txt', '')
  await item('d.txt').waitFor()
  await simulator.delete('/a')
  await page.getByText('This drive is empty').waitFor()
})

test('a fault is set and released', async () => {
  const client = simulator.client({ retryTimeout: 0 })
  await page.getByRole('button', { name: /^Graph is down/ }).click()
  await list('Active faults').getByText('answer status=503 on=graph').waitFor()
  await assert.rejects(client.endpoint(Resource.myDrive()), { status: 503 })
  await list('Active faults').getByText('acted 1×').waitFor()
  await button('Release answer status=503 on=graph').click()
  await list('Active faults').getByText('answer').waitFor({ state: 'detached' })
  await client.endpoint(Resource.myDrive())

  await page.getByLabel('Any fault').fill('explode')
  await page.getByLabel('Any fault').press('Enter')
  await page.getByText('unknown variant `explode`').waitFor()
  assertRefused()
  await page.getByLabel('Any fault').fill('delay=1,on=graph')
  await button('Set').click()
  await list('Active faults').getByText('delay ms=1 on=graph').waitFor()
  await button('Release all').click()
  await list('Active faults').getByText('delay').waitFor({ state: 'detached' })
  await client.close()
})

test('an hour passes, and connections are cut', async () => {
  const client = simulator.client()
  const sub = await client.subscribe(Resource.myDrive())
  const notes = sub[Symbol.asyncIterator]()
  await page.getByText('1 session', { exact: true }).waitFor()
  for (const name of [/^An hour passes/, /^Cut connections/]) {
    await page.getByRole('button', { name }).click()
    assert.equal(await kindOf(notes), 'resync')
    await simulator.waitConnected()
  }
  await client.close()
})

test('names are texts', async () => {
  await simulator.upload(`/${HOSTILE}`)
  await item(HOSTILE).waitFor()
  await page.getByLabel('Drive', { exact: true }).and(page.locator('select')).selectOption(HOSTILE_DRIVE)
  await page.getByText('This drive is empty').waitFor()
  await button('New folder').click()
  await page.getByRole('textbox', { name: 'New folder' }).fill('<b>')
  await page.keyboard.press('Enter')
  await page.getByText('a character that is not allowed').waitFor()
  assert.equal(await page.locator('img').count(), 0)
  assertRefused()
})

test('the end of the simulator is told', async () => {
  await page.getByText('0 sessions').waitFor()
  await simulator.close()
  await page.getByText('the simulator has ended').waitFor()
  assert.match(complaints.splice(0).join(), /ERR_CONNECTION_REFUSED/)
})
