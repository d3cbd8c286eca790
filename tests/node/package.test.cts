import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { access, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import drivebell = require('drivebell')

describe('the package', () => {
  it('is the same for require and import', async () => {
    const imported = await import('drivebell')
    const values = [
      'Change',
      'ChangeBatch',
      'DriveItem',
      'Lifecycle',
      'ListItem',
      'MemberBatch',
      'MemberChange',
      'Notification',
      'Payload',
      'SharedBatch',
    ]
    const others = ['Client', 'Cloud', 'DrivebellError', 'MemoryStore', 'Resource', 'SignInRequired', 'SqliteStore']
    const exported = [...values, ...others].sort()
    assert.deepEqual(Object.keys(drivebell).sort(), exported)
    assert.equal(imported.Client, drivebell.Client)
    assert.equal(imported.Resource, drivebell.Resource)
    assert.equal(imported.DrivebellError, drivebell.DrivebellError)
    assert.equal(imported.Cloud, drivebell.Cloud)
    assert.equal(imported.SignInRequired, drivebell.SignInRequired)
  })

  it('contains the notices of others and its bill of materials', async () => {
    const folder = dirname(require.resolve('drivebell/package.json'))
    const { files } = require('drivebell/package.json') as { files: string[] }
    for (const file of ['LICENSE-APACHE', 'LICENSE-MIT', 'THIRD-PARTY-NOTICES', 'drivebell.cdx.json']) {
      assert(files.includes(file), file)
      await access(join(folder, file))
    }
    const bill = JSON.parse(await readFile(join(folder, 'drivebell.cdx.json'), 'utf8'))
    assert.match(bill.metadata.component.purl, /^pkg:npm\/drivebell@/)
    assert(bill.components.some((component: { name: string }) => component.name === 'napi'))
  })

  it('says which package is missing, and what to do', async () => {
    await copied(({ load }) => {
      const message = /-\w+ is not installed.*npm install --include=optional/
      assert.throws(load, { code: 'ERR_DRIVEBELL_ADDON', message })
    })
  })

  it('says which package is broken', async () => {
    await copied(async ({ folder, load }) => {
      const [, platform = ''] = hostAddon().split('.')
      const home = join(folder, 'node_modules', '@drivebell', platform)
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'package.json'), '{ "main": "drivebell.node" }')
      await writeFile(join(home, 'drivebell.node'), 'not an addon')
      const message = /-\w+ is installed, but cannot be loaded: /
      assert.throws(load, { code: 'ERR_DRIVEBELL_ADDON', message })
    })
  })
})

/** Calls with a copy of the package that has no addon. */
async function copied(use: (copy: { folder: string; load: () => unknown }) => unknown): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
  try {
    await cp(dirname(require.resolve('drivebell')), join(folder, 'dist'), { recursive: true })
    await use({ folder, load: () => require(join(folder, 'dist', 'index.js')) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The name of the addon's file that was built here. */
function hostAddon(): string {
  const names = readdirSync(join(dirname(require.resolve('drivebell/package.json')), 'native'))
  return names.find((name) => name.endsWith('.node')) ?? ''
}
