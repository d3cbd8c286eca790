import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Resource } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { assertAborted, clientOf, failure, rejection } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import type { Simulator } from './support/simulator.mjs'
import { type Stall, StallingServer } from './support/stalling-server.mjs'

const PHASES: readonly Stall[] = ['graph', 'upgrade', 'open', 'join']

/** Node 20 has no Promise.withResolvers. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

eachService('aborting or closing', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  it('sends nothing if the signal is already aborted', async () => {
    let calls = 0
    const client = clientOf(simulator, {
      credential: () => {
        calls += 1
        return 'x'
      },
    })
    const before = (await simulator.requests()).length
    const reason = new Error('mine')
    const signal = AbortSignal.abort(reason)
    assert.equal(await rejection(client.endpoint(Resource.myDrive(), { signal })), reason)
    assert.equal(await rejection(client.subscribe(Resource.myDrive(), { signal })), reason)
    assert.equal(calls, 0)
    assert.equal((await simulator.requests()).length, before)
  })

  it('rejects a call that waits for the credential', async () => {
    for (const call of ['endpoint', 'subscribe'] as const) {
      const controller = new AbortController()
      let giveToken = (_: string): void => {}
      const called = withResolvers()
      const client = clientOf(simulator, {
        credential: () =>
          new Promise<string>((resolve) => {
            giveToken = resolve
            called.resolve()
          }),
      })
      const rejected = rejection(client[call](Resource.myDrive(), { signal: controller.signal }))
      await within(called.promise, 'the call of the credential')
      const reason = { any: 'value' }
      controller.abort(reason)
      assert.equal(await within(rejected, call), reason)
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      // A token that comes too late is ignored.
      giveToken('late')
      await client.close()
    }
  })

  it('closes a live subscription by its signal', async () => {
    const controller = new AbortController()
    const client = clientOf(simulator)
    const sub = await client.subscribe(Resource.myDrive(), { signal: controller.signal })
    const notes = sub[Symbol.asyncIterator]()
    const next = notes.next()
    const reason = { any: 'value' }
    controller.abort(reason)
    await assertAborted(next, reason)
    assert.equal((await notes.next()).done, true)
    await within(sub.closed, 'closed')
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
    await until(async () => (await simulator.connected()) === 0, 'the goodbye')
  })

  it('ends loops by their signal, with an AbortError like that of Node', async () => {
    const client = clientOf(simulator)
    const folder = mkdtempSync(join(tmpdir(), 'drivebell-'))
    const loops = {
      changes: (signal: AbortSignal) => client.changes(Resource.myDrive(), { since: 'now', signal }),
      changesAll: (signal: AbortSignal) => client.changesAll([Resource.myDrive()], { since: 'now', signal }),
      mirror: (signal: AbortSignal) => client.mirror(Resource.myDrive(), join(folder, 'drive.db'), { signal }),
      mirrorBatches: (signal: AbortSignal) =>
        client.mirror(Resource.drive('b!team'), join(folder, 'team.db'), { signal }).batches(),
    }
    for (const [name, start] of Object.entries(loops)) {
      const controller = new AbortController()
      const reason = new Error(name)
      const loop = (async () => {
        for await (const _ of start(controller.signal)) assert(_)
      })()
      controller.abort(reason)
      await assertAborted(loop, reason)
    }
    await client.close()
    rmSync(folder, { recursive: true })
  })

  it('leaves no listener on a signal that never aborts', async () => {
    const { signal } = new AbortController()
    const client = clientOf(simulator)
    await client.endpoint(Resource.myDrive(), { signal })
    const sub = await client.subscribe(Resource.myDrive(), { signal })
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await client.close()
    await sub.closed
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('closes many subscriptions by one signal, which has one listener', async () => {
    const warnings: Error[] = []
    const collect = (warning: Error) => warnings.push(warning)
    process.on('warning', collect)
    const controller = new AbortController()
    const { signal } = controller
    const client = clientOf(simulator)
    const subs = await Promise.all(Array.from({ length: 20 }, () => client.subscribe(Resource.myDrive(), { signal })))
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await subs[0]?.close()
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    controller.abort()
    await within(Promise.all(subs.map((sub) => sub.closed)), 'closed')
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    assert.deepEqual(warnings, [])
    process.off('warning', collect)
  })

  it('ends everything of a closed client, and rejects later calls', async () => {
    const client = clientOf(simulator)
    const [one, other] = await Promise.all([
      client.subscribe(Resource.myDrive()),
      client.subscribe(Resource.drive('b!team')),
    ])
    const next = one[Symbol.asyncIterator]().next()
    await within(client.close(), 'close')
    await within(Promise.all([one.closed, other.closed, client.close()]), 'closed')
    assert.equal((await next).done, true)
    for (const call of [client.endpoint(Resource.myDrive()), client.subscribe(Resource.myDrive())]) {
      assert.equal((await failure(call)).code, 'ERR_DRIVEBELL_STATE')
    }
  })

  it('rejects a call whose credential never settles when the client closes', async () => {
    const called = withResolvers()
    // Held: a promise that nothing refers to may be collected, which ends the call.
    const held: unknown[] = []
    const client = clientOf(simulator, {
      credential: () => {
        called.resolve()
        return new Promise<string>((...settle) => held.push(settle))
      },
    })
    const rejected = failure(client.endpoint(Resource.myDrive()))
    await within(called.promise, 'the call of the credential')
    await client.close()
    assert.equal((await within(rejected, 'the rejection')).code, 'ERR_DRIVEBELL_STATE')
  })

  it('closes at the end of a block, with await using', async () => {
    let sub: Awaited<ReturnType<ReturnType<typeof clientOf>['subscribe']>>
    {
      await using client = clientOf(simulator)
      await using live = await client.subscribe(Resource.myDrive())
      sub = live
    }
    await within(sub.closed, 'closed')
    await until(async () => (await simulator.connected()) === 0, 'the goodbye')
  })
})

describe('aborting or closing while the service stalls', () => {
  for (const phase of PHASES) {
    it(`rejects by the signal: ${phase}`, async () => {
      const server = await StallingServer.start(phase)
      try {
        const controller = new AbortController()
        const client = clientOf(server)
        const rejected = rejection(client.subscribe(Resource.myDrive(), { signal: controller.signal }))
        await within(server.reached, phase)
        controller.abort()
        assert.equal(await within(rejected, 'the rejection'), controller.signal.reason)
        assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
        if (phase !== 'graph') await within(server.abandoned(), 'the connection is closed')
      } finally {
        server.stop()
      }
    })

    it(`rejects when the client closes: ${phase}`, async () => {
      const server = await StallingServer.start(phase)
      try {
        const client = clientOf(server)
        const rejected = failure(client.subscribe(Resource.myDrive()))
        await within(server.reached, phase)
        await within(client.close(), 'close')
        assert.equal((await within(rejected, 'the rejection')).code, 'ERR_DRIVEBELL_STATE')
      } finally {
        server.stop()
      }
    })
  }
})
