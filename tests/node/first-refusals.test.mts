/** A first 403 or 404 may be a mistake of Graph's: it is asked again. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Client, Resource } from 'drivebell'
import { IDLE } from './support/changes.mjs'
import { within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { batchesOf, nextOf } from './support/mirror.mjs'
import { Simulator } from './support/simulator.mjs'

const DOUBT = 200
const DRIVE = Resource.myDrive()

const CALLS: Record<string, (client: Client) => Promise<unknown>> = {
  endpoint: (client) => client.endpoint(DRIVE),
  subscribe: (client) => client.subscribe(DRIVE),
  changes: (client) => nextOf(batchesOf(client.changes(DRIVE, { since: 'now', ...IDLE }))),
}
const CODES = { 403: 'ERR_DRIVEBELL_ACCESS_DENIED', 404: 'ERR_DRIVEBELL_NOT_FOUND' } as const

function doubting(simulator: Simulator): Client {
  return clientOf(simulator, { firstRefusalTimeout: DOUBT, retryTimeout: 5_000, startTimeout: 5_000 })
}

for (const [name, call] of Object.entries(CALLS)) {
  for (const status of [403, 404] as const) {
    it(`${name} survives two answers ${status}`, async () => {
      await using simulator = await Simulator.start('simulator')
      await simulator.fault(`answer=${status},times=2,on=${name === 'changes' ? 'delta' : 'endpoint'}`)
      await using client = doubting(simulator)
      await within(call(client), name)
    })

    it(`${name} believes three answers ${status}`, async () => {
      await using simulator = await Simulator.start('simulator')
      await simulator.fault(`answer=${status},on=graph`)
      await using client = doubting(simulator)
      const began = Date.now()
      const error = await within(failure(call(client)), name)
      assert.ok(Date.now() - began >= DOUBT)
      assert.deepEqual([error.code, error.status, error.retryable], [CODES[status], status, false])
      const path = name === 'changes' ? '/delta' : '/socketIo'
      const calls = (await simulator.requests()).filter((request) => request.path.split('?')[0]?.endsWith(path))
      assert.ok(calls.length >= 3, `${calls.length}`)
    })
  }
}
