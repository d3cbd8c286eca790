/** Handlers beside what a test runner does to timers and to uncaught exceptions. Other run times have other runners. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, it, mock } from 'node:test'
import { type Client, Resource } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import type { Simulator } from './support/simulator.mjs'

eachService('handlers', (start) => {
  let simulator: Simulator
  let client: Client

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())
  beforeEach(() => {
    client = clientOf(simulator)
  })
  afterEach(() => client.close())

  it('run while the timers of a test are fake', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    let receive = (): void => {}
    const received = within(
      new Promise<void>((resolve) => {
        receive = resolve
      }),
      'the notification',
    )
    mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'setInterval', 'Date'] })
    try {
      sub.on('notification', receive)
      await Promise.all([received, simulator.notify()])
    } finally {
      mock.timers.reset()
    }
  })

  it('that throw cause uncaught exceptions, and are still called for later events', async () => {
    const sub = await client.subscribe(Resource.myDrive())
    const uncaught: unknown[] = []
    const collect = (error: unknown) => uncaught.push(error)
    // node:test listens too, and would fail the test for these exceptions.
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', collect)
    try {
      let received = 0
      sub.on('notification', () => {
        received += 1
        throw new Error(`thrown ${received}`)
      })
      await simulator.notify(3)
      await until(() => received === 3, 'three notifications')
      assert.deepEqual(
        uncaught.map((error) => (error as Error).message),
        ['thrown 1', 'thrown 2', 'thrown 3'],
      )
    } finally {
      process.off('uncaughtException', collect)
      for (const other of others) process.on('uncaughtException', other)
    }
  })
})
