import assert from 'node:assert/strict'
import { access, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
    ]
    const exported = [...values, 'Client', 'Cloud', 'DrivebellError', 'Resource', 'SignInRequired'].sort()
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

  it('says which file is missing or broken, and what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
    try {
      const file = `drivebell.${process.platform}-${process.arch}`
      await cp(dirname(require.resolve('drivebell')), join(folder, 'dist'), { recursive: true })
      const load = () => require(join(folder, 'dist', 'index.js'))
      assert.throws(load, (error: Error) => {
        assert(error.message.includes(join(folder, 'native', file)), error.message)
        assert.match(error.message, /there is no such file.*npm install/)
        return true
      })
      await cp(join(folder, 'dist'), join(folder, 'native'), { recursive: true })
      await writeFile(join(folder, 'native', `${file}-other.node`), 'not an addon')
      assert.throws(load, /other\.node cannot be loaded: .*npm install/s)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
