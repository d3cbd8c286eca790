/** Addresses of a browser, and the drives and lists behind them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Resource } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure, rejection } from './support/drivebell.mjs'
import { Simulator } from './support/simulator.mjs'

const TEAM = Resource.drive('b!team')
const SITE = 'https://contoso.sharepoint.com/sites/contoso'

it('an address leads to its drive or list', async () => {
  await using simulator = await Simulator.start('simulator')
  await using client = clientOf(simulator)
  const table: [address: string, resource: Resource][] = [
    ['/me/drive', Resource.myDrive()],
    ['drives/b!team', TEAM],
    [SITE, TEAM],
    [`${SITE}/Documents/Forms/AllItems.aspx`, TEAM],
    [`${SITE}/Lists/Documents/AllItems.aspx`, Resource.siteList('contoso', 'documents')],
  ]
  for (const [address, resource] of table) {
    const found = await within(client.findResource(address), address)
    assert.deepEqual(found, resource)
    assert.ok(found.equals(resource))
  }
})

it('an address without a drive is not found', async () => {
  await using simulator = await Simulator.start('simulator')
  await using client = clientOf(simulator)
  const nowhere = 'https://contoso.sharepoint.com/sites/nowhere'
  assert.equal((await failure(client.findResource(nowhere))).code, 'ERR_DRIVEBELL_NOT_FOUND')
  const before = (await simulator.requests()).length
  for (const bad of ['', '/nowhere', 'http://contoso.sharepoint.com/sites/contoso', 7 as never, undefined as never]) {
    assert.equal((await failure(client.findResource(bad))).argument, 'resource')
  }
  const reason = new Error('stop')
  assert.equal(await rejection(client.findResource(SITE, { signal: AbortSignal.abort(reason) })), reason)
  assert.equal((await simulator.requests()).length, before)
  await client.close()
  assert.equal((await failure(client.findResource('/me/drive'))).code, 'ERR_DRIVEBELL_STATE')
})
