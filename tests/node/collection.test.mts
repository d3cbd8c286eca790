/** What is closed leaves nothing behind, and what is collected ends. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { after, before, it } from 'node:test'
import { type Client, Resource } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { collectGarbage } from './support/garbage.mjs'
import { Living } from './support/living.mjs'
import { MapStore } from './support/map-store.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'
import { eventsUntil, only, wordsOf } from './support/story.mjs'

/** Promises that a program keeps without ever settling them. */
const held: unknown[] = []

let simulator: Simulator
let family: Client

before(async () => {
  simulator = await Simulator.start('simulator')
  family = clientOf(simulator)
})
after(() => simulator.kill())

it('closed clients that opened everything with a signal that never aborts are collected', async () => {
  const living = new Living()
  const { signal } = new AbortController()
  const resource = Resource.myDrive()
  const useAndClose = async () => {
    const client = family.withCredential(() => TOKEN)
    await client.signIn({ signal })
    await client.endpoint(resource, { signal })
    const sub = await client.subscribe(resource, { signal })
    const set = client.subscribeAll([resource], { signal })
    const changes = client.changes(resource, { since: 'now', signal })
    const store = new MapStore()
    const shared = client.changesShared([resource], store, { since: 'now', leaseTime: 500, signal })
    await within(shared[Symbol.asyncIterator]().next(), 'a batch')
    for (const object of [client, sub, set, changes, store, shared]) living.add(object)
    sub.on('notification', () => client)
    set.on('notification', () => client)
    await client.close()
  }
  await Promise.all(Array.from({ length: 10 }, useAndClose))
  await living.gone('all of it')
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

it('a closed stream gives up a store that hangs', async () => {
  const living = new Living()
  const useAndClose = async () => {
    const hang = (): Promise<never> => new Promise<never>((...settle) => held.push(settle))
    const store = { listOwnership: hang, claimOwnership: hang, listCheckpoints: hang, updateCheckpoint: hang }
    const asked = held.length
    const shared = family.changesShared([Resource.myDrive()], store, { since: 'now', leaseTime: 100 })
    await until(() => held.length > asked, 'a call')
    for (const object of [store, shared]) living.add(object)
    await within(shared.close(), 'the end')
  }
  await Promise.all(Array.from({ length: 10 }, useAndClose))
  await living.gone('the streams and the stores')
})

it('what a credential threw is forgotten with the last error that follows from it', async () => {
  const living = new Living()
  const client = clientOf(simulator, {
    credential: () => {
      const reason = new Error('offline')
      living.add(reason)
      throw reason
    },
  })
  for (let call = 0; call < 20; call += 1) await failure(client.endpoint(Resource.myDrive()))
  // The last one waits for the next failure, or for the end.
  await client.close()
  await living.gone('the errors')
})

eachService('a session', (start) => {
  it('survives a credential that hangs, even if its promise is collected', async () => {
    await using simulator = await start()
    let calls = 0
    let collecting: NodeJS.Timeout | undefined
    const credential = () => {
      calls += 1
      if (calls > 1) {
        clearInterval(collecting)
        return TOKEN
      }
      // Collects during the wait for the token, when only the pending promise refers to this call. The failure
      // comes long before the timeout. Bun may find a promise on the stack that is no longer there.
      collecting = setInterval(collectGarbage, 50)
      return new Promise<string>(() => {})
    }
    await using client = clientOf(simulator, { credential })
    const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
    const events = await eventsUntil(sub, 'resync')
    assert.deepEqual(wordsOf(events), ['unavailable', 'connected', 'resync'])
    const { error } = only(events, 'unavailable')
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.equal(error.retryable, true)
    assert.match(error.message, /its promise can never settle/)
  })
})
