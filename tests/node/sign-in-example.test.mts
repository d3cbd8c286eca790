/** The example of signing in in docs/getting-started.md. tests/python/test_readme.py runs the other examples. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from './support/deadline.mjs'
import { IdentityService } from './support/identity.mjs'

/** Relative to `build`, where this file runs. */
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

function example(): string {
  const page = readFileSync(path('../../../docs/getting-started.md'), 'utf8')
  const [section = ''] = page.slice(page.indexOf('\n## Use your own drive\n') + 1).split('\n## ', 1)
  const code: string | undefined = /^```js\n(.*?)^```$/ms.exec(section)?.[1]
  assert(code)
  return code
}

/** Runs it where the packages are found, against the service alone: no other host can be reached. */
function run(source: string, { simulator, url, caFile }: IdentityService): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: path('..'),
    env: {
      ...process.env,
      GRAPH_URL: simulator.baseUrl,
      AZURE_AUTHORITY_HOST: url,
      NODE_EXTRA_CA_CERTS: caFile,
      HTTPS_PROXY: 'http://127.0.0.1:1',
      NO_PROXY: '127.0.0.1,localhost',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

it('the example of signing in waits for a person longer than for a credential', async () => {
  await using identity = await IdentityService.start('--sign-in-takes', 'never')
  const source = example()
    .replace('  scopes:', '  credentialTimeout: 100,\n  scopes:')
    // The library would ask Microsoft whether this host is an identity service.
    .replace("tenantId: 'common'", "tenantId: 'common', disableInstanceDiscovery: true")
  const program = run(source, identity)
  try {
    assert(program.stdout)
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]()
    const line = async () => String((await within(lines.next(), 'a line')).value)
    assert.match(await line(), /enter the code \w+ to authenticate/)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await identity.approve()
    while ((await identity.simulator.connected()) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    await identity.simulator.notify()
    assert.equal(await line(), 'something changed in /me/drive/root')
    assert.equal((await identity.observed()).prompts, 1)
  } finally {
    program.kill()
  }
})
