import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { it } from 'node:test'

import { Client, DrivebellError } from 'drivebell'

/** A file of the package that it does not export. */
const internal = (file: string) => require(join(dirname(require.resolve('drivebell')), file))
const { addon } = internal('runtime/addon.js')
const { run } = internal('runtime/operation.js')
const { fromNative } = internal('error.js')

it('a panic makes its call fail, and the next one works', async () => {
  for (let call = 0; call < 3; call += 1) {
    const { error } = await run((settle: unknown) => addon.NativeOperation.panicForTests(settle))
    const thrown = fromNative(error)
    assert(thrown instanceof DrivebellError)
    assert.equal(thrown.code, 'ERR_DRIVEBELL_INTERNAL')
    assert.equal(thrown.message, 'the call panicked')
    assert.equal(thrown.retryable, false)
    await using client = new Client({ credential: 'token' })
    await client.signIn()
  }
})
