/** The label of a client is in its errors and its events. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Client, Resource } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()

eachService('a label', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  it('is in a property of an error and in its message', async () => {
    await using client = clientOf(simulator, { label: 'alex' })
    assert.equal(client.label, 'alex')
    const error = await failure(client.endpoint(Resource.drive('b!missing')))
    assert.equal(error.code, 'ERR_DRIVEBELL_NOT_FOUND')
    assert.equal(error.label, 'alex')
    assert.match(error.message, /^\[alex\] /)
    await using other = clientOf(simulator)
    const plain = await failure(other.endpoint(Resource.drive('b!missing')))
    assert.deepEqual([other.label, plain.label, 'label' in plain], [undefined, undefined, false])
  })

  it('is in each event, of the client whose user it is about', async () => {
    await using alex = clientOf(simulator, { label: 'alex' })
    assert.equal(alex.withCredential(TOKEN).label, 'alex')
    await using kim = alex.withCredential(TOKEN, { label: 'kim' })
    assert.deepEqual([alex.label, kim.label], ['alex', 'kim'])
    await using subs = alex.subscribeAll([DRIVE])
    subs.add(DRIVE, kim)
    const labels = new Map<Client | undefined, string | undefined>()
    const collect = async () => {
      for await (const event of subs.events()) {
        if (event.type === 'connected') labels.set(event.client, event.label)
        if (labels.size === 2) return
      }
    }
    await within(collect(), 'both are connected')
    assert.deepEqual([labels.get(alex), labels.get(kim)], ['alex', 'kim'])
    await using sub = await kim.subscribe(DRIVE)
    for await (const event of sub.events()) {
      assert.deepEqual([event.type, event.type === 'connected' && event.label], ['connected', 'kim'])
      break
    }
  })
})

it('a text that cannot be a label is refused', () => {
  const client = new Client({ credential: TOKEN })
  for (const label of ['', 'x'.repeat(65), 'a\nb', 7] as string[]) {
    for (const make of [
      () => new Client({ credential: TOKEN, label }),
      () => client.withCredential(TOKEN, { label }),
    ]) {
      const { code, argument } = thrownBy(make)
      assert.deepEqual([code, argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', 'label'])
    }
  }
})
