import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import drivebell = require('drivebell')

describe('the package', () => {
  it('is the same for require and import', async () => {
    const imported = await import('drivebell')
    assert.deepEqual(Object.keys(drivebell).sort(), ['Client', 'Cloud', 'DrivebellError', 'Resource'])
    assert.equal(imported.Client, drivebell.Client)
    assert.equal(imported.Resource, drivebell.Resource)
    assert.equal(imported.DrivebellError, drivebell.DrivebellError)
    assert.equal(imported.Cloud, drivebell.Cloud)
  })
})
