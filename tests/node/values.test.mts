/** Values are equal if they say the same, survive JSON and structuredClone, and print in a few lines. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import {
  Change,
  ChangeBatch,
  DrivebellError,
  DriveItem,
  Lifecycle,
  ListItem,
  MemberBatch,
  MemberChange,
  Notification,
  Payload,
  Resource,
} from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { batchesOf, nextOf, QUICK, upload } from './support/mirror.mjs'
import { Simulator } from './support/simulator.mjs'

const DRIVE = Resource.myDrive()
const RAW = { id: '1', name: 'plan.pdf', file: { mimeType: 'application/pdf' }, size: 7 }
const PAYLOAD = { subscriptionId: 's', tenantId: 't', expirationDateTime: '2027-01-01T00:00:00Z', resource: 'l' }
const ERROR = DrivebellError.from({ code: 'ERR_DRIVEBELL_THROTTLED', message: 'wait', retryable: true, retryAfter: 7 })

const item = (raw: object = RAW) => DriveItem.fromRaw(raw)
const note = (fields = {}) =>
  Notification.from({ resource: DRIVE, payload: Payload.fromRaw(PAYLOAD), receivedAt: 7, ...fields })
const batch = (fields = {}) => ChangeBatch.from({ items: [item()], checkpoint: 'c', ...fields })
const gone = (fields = {}) =>
  Lifecycle.from({ kind: 'disconnected', resource: DRIVE, reason: 'connection_reset', ...fields })
const change = (fields = {}) =>
  Change.from({ kind: 'created', path: '/plan.pdf', item: item(), resource: DRIVE, ...fields })

describe('values', () => {
  it('are deeply equal if, and only if, they say the same', () => {
    const table: [make: () => object, others: object[]][] = [
      [
        () => Resource.drive('a'),
        [
          Resource.drive('b'),
          Resource.driveList('a'),
          Resource.path('/drives/a/root/subscriptions/socketIo'),
          Resource.path('/drives/a/root/subscriptions/socketIo', '/x/delta'),
        ],
      ],
      [
        item,
        [item({ ...RAW, id: '2' }), item({ ...RAW, size: 8 }), item({ ...RAW, deleted: {} }), ListItem.fromRaw(RAW)],
      ],
      [() => ListItem.fromRaw({ id: '1' }), [ListItem.fromRaw({ id: '1', name: 'a' })]],
      [() => Payload.fromRaw(PAYLOAD), [Payload.fromRaw({}), Payload.fromRaw({ ...PAYLOAD, new: 1 })]],
      [
        note,
        [
          note({ resource: Resource.drive('a') }),
          note({ kind: 'resync', payload: undefined }),
          note({ payload: { raw: {} } }),
          note({ coalesced: 1 }),
          note({ receivedAt: 8 }),
        ],
      ],
      [
        batch,
        [
          batch({ items: [item({ ...RAW, name: 'b' })] }),
          batch({ items: [] }),
          batch({ checkpoint: 'd' }),
          batch({ trigger: 'poll' }),
          batch({ initial: true }),
          batch({ caughtUp: false }),
          batch({ snapshot: 's' }),
          batch({ resyncCode: 'r' }),
        ],
      ],
      [gone, [gone({ reason: 'deaf' }), gone({ retryIn: 7 }), gone({ coalesced: 1 }), gone({ resource: '/drives/a' })]],
      [change, [change({ item: item({ ...RAW, size: 8 }) }), change({ kind: 'deleted' }), change({ sequence: 2 })]],
    ]
    for (const [make, others] of table) {
      assert.deepEqual(make(), make())
      for (const other of others) assert.notDeepEqual(make(), other)
    }
  })

  it('come back from JSON and from structuredClone', () => {
    const copies: ((value: object) => never)[] = [
      (value) => JSON.parse(JSON.stringify(value)) as never,
      (value) => structuredClone(value) as never,
    ]
    for (const copy of copies) {
      assert.deepEqual(Notification.from(copy(note())), note())
      const resync = note({ kind: 'resync', payload: undefined })
      assert.deepEqual(Notification.from(copy(resync)), resync)
      const own = note({ resource: Resource.path('/x/subscriptions/socketIo', '/x/delta') })
      assert.deepEqual(Notification.from(copy(own)), own)
      const rows = batch({ items: [item(), ListItem.fromRaw({ id: '1', fields: { Title: 'a' } })], snapshot: 's' })
      assert.deepEqual(ChangeBatch.from(copy(rows)), rows)
      assert.deepEqual(Lifecycle.from(copy(gone({ retryIn: 7 }))), gone({ retryIn: 7 }))
      assert.deepEqual(Change.from(copy(change({ movedIn: true }))), change({ movedIn: true }))
      const { raw, rawText = raw } = copy(item()) as { raw?: object; rawText?: string }
      assert.deepEqual(DriveItem.fromRaw(rawText as string), item())
    }
    const failed = Lifecycle.from({ kind: 'unavailable', resource: DRIVE, error: ERROR, retryIn: 7 })
    assert.deepEqual(Lifecycle.from(JSON.parse(JSON.stringify(failed))), failed)
    for (const resource of [DRIVE, Resource.siteList('s,1,2', 'l'), Resource.userDrive('a#b@example.com')]) {
      assert.deepEqual(Resource.parse(String(resource)), resource)
      assert.deepEqual(Resource.parse(JSON.parse(JSON.stringify(resource))), resource)
    }
  })

  it('have in JSON what they have as fields', () => {
    const json = JSON.parse(JSON.stringify(note()))
    assert.deepEqual(json, {
      type: 'notification',
      kind: 'changed',
      resource: '/me/drive/root',
      payload: {
        subscriptionId: 's',
        subscriptionExpiresAt: '2027-01-01T00:00:00.000Z',
        tenantId: 't',
        listId: 'l',
        raw: PAYLOAD,
      },
      coalesced: 0,
      receivedAt: '1970-01-01T00:00:00.007Z',
    })
    const { raw, mimeType, isFile, size, type } = JSON.parse(JSON.stringify(item()))
    assert.deepEqual(
      { raw, mimeType, isFile, size, type },
      { raw: RAW, mimeType: 'application/pdf', isFile: true, size: 7, type: 'driveItem' },
    )
    assert.deepEqual(JSON.parse(JSON.stringify(ERROR)), {
      name: 'DrivebellError',
      message: 'wait',
      code: 'ERR_DRIVEBELL_THROTTLED',
      retryable: true,
      retryAfter: 7,
      helpUrl: 'https://drivebell.github.io/drivebell/errors/throttled/',
    })
  })

  it('of an error come back from JSON, whatever went wrong', async () => {
    await using simulator = await Simulator.start('simulator')
    const answer = { status: 429, retryAfter: 7 }
    await simulator.fault({ action: { answer }, on: 'endpoint', skip: 1, times: 1 })
    await using client = clientOf(simulator)
    await using nowhere = clientOf({ baseUrl: 'http://127.0.0.1:1/' })
    const gone = Resource.drive('nowhere')
    const calls: [code: string, call: () => Promise<unknown>][] = [
      ['ERR_DRIVEBELL_CONNECTION_FAILED', () => nowhere.endpoint(DRIVE)],
      ['ERR_DRIVEBELL_NOT_FOUND', () => client.endpoint(gone)],
      ['ERR_DRIVEBELL_STORAGE', async () => client.mirror(DRIVE, '/nowhere/drive.db')],
      // Last, because all calls wait for the pause.
      ['ERR_DRIVEBELL_THROTTLED', () => client.endpoint(DRIVE)],
    ]
    for (const [code, call] of calls) {
      const error = await failure(call())
      assert.equal(error.code, code)
      const copy = DrivebellError.from(JSON.parse(JSON.stringify(error)))
      assert.deepEqual({ ...copy, message: copy.message }, { ...error, message: error.message })
    }
  })

  it('of a stream come back in a worker', async () => {
    await using simulator = await Simulator.start('simulator')
    await upload(simulator, 'é.txt')
    await using client = clientOf(simulator)
    const sent = await nextOf(batchesOf(client.changes(DRIVE, { since: 'start', ...QUICK })))
    assert.ok(sent.items.length > 1)
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
       const { ChangeBatch } = require('drivebell')
       parentPort.once('message', (message) => {
         const batch = ChangeBatch.from(message)
         parentPort.postMessage({ batch, names: batch.items.map((item) => item.name) })
       })`,
      { eval: true },
    )
    const reply = new Promise<{ batch: ChangeBatch; names: string[] }>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
    })
    worker.postMessage(sent)
    const { batch, names } = await within(reply, 'the reply')
    assert.deepEqual(ChangeBatch.from(batch), sent)
    assert.deepEqual(
      names,
      sent.items.map((item) => item.name),
    )
    assert.deepEqual(ChangeBatch.from(JSON.parse(JSON.stringify(sent))), sent)
  })

  it('of a stream are equal to those made by hand', async () => {
    await using simulator = await Simulator.start('simulator')
    await using client = clientOf(simulator)
    const sub = await client.subscribe(DRIVE)
    await simulator.notify()
    const { value } = await within(sub[Symbol.asyncIterator]().next(), 'a notification')
    const got = value as Notification
    const { payload, receivedAt } = got
    assert.ok(payload)
    assert.deepEqual(Notification.from({ resource: DRIVE, payload: Payload.fromRaw(payload.raw), receivedAt }), got)
    assert.notDeepEqual(Notification.from({ resource: DRIVE, receivedAt }), got)
  })
})

describe('console.log', () => {
  it('prints a batch in a few lines', () => {
    const items = [item(), item({ id: '2', deleted: {} }), ...Array.from({ length: 198 }, () => item())]
    const printed = inspect(ChangeBatch.from({ items, checkpoint: `drivebell1.${'x'.repeat(300)}`, caughtUp: false }))
    assert.equal(
      printed,
      `ChangeBatch {
  items: [ 'plan.pdf', 'deleted 2', 'plan.pdf', ... 197 more items ],
  checkpoint: 'drivebell1.xxxxxxxxxxxxx… (311 characters)',
  trigger: 'hint'
}`,
    )
  })

  it('prints the fields that say something, and no link that is signed', () => {
    const secret = { '@microsoft.graph.downloadUrl': 'https://example.com/s3cr3t', ...RAW }
    const values = [item(secret), batch({ items: [item(secret)] }), change({ item: item(secret) })]
    for (const value of values)
      assert.ok(!inspect(value, { depth: 9, showHidden: true }).includes('s3cr3t'), inspect(value))
    assert.match(inspect(item()), /^DriveItem \{\n? *id: '1',.*name: 'plan.pdf'/s)
    assert.doesNotMatch(inspect(item()), /undefined|false/)
    assert.match(inspect(note()), /^Notification \{.*resource: Resource\(\/me\/drive\/root\)/s)
    assert.equal(inspect({ a: { b: { c: { item: item() } } } }, { depth: 3 }).includes('[DriveItem]'), true)
    assert.equal(inspect(Payload.fromRaw({ tenantId: 't' })), "Payload { tenantId: 't' }")
  })
})

describe('what is made by hand', () => {
  it('has defaults', () => {
    const { kind, payload, coalesced, receivedAt, client } = Notification.from({
      kind: 'changed',
      resource: '/me/drive',
    })
    assert.deepEqual([kind, payload?.raw, coalesced, client], ['changed', {}, 0, undefined])
    assert.equal(Notification.from({ resource: '/me/drive' }).kind, 'resync')
    assert.equal(Notification.from({ resource: '/me/drive', payload: { raw: {} } }).kind, 'changed')
    assert.ok(Math.abs(receivedAt.getTime() - Date.now()) < 60_000)
    assert.deepEqual(
      { ...ChangeBatch.from({ checkpoint: 'c' }) },
      {
        items: [],
        checkpoint: 'c',
        trigger: 'hint',
        initial: false,
        caughtUp: true,
        snapshot: undefined,
        resyncCode: undefined,
      },
    )
    assert.deepEqual(gone(), {
      type: 'disconnected',
      kind: 'disconnected',
      reason: 'connection_reset',
      message: 'connection_reset',
      helpUrl: undefined,
      retryAfter: undefined,
      retryIn: 0,
      resource: DRIVE,
      client: undefined,
      label: undefined,
      coalesced: 0,
    })
  })

  it('names a member of a set', async () => {
    await using simulator = await Simulator.start('simulator')
    await using client = clientOf(simulator)
    const made = MemberBatch.from({ resource: DRIVE, client, checkpoint: 'c', items: [item()] })
    assert.equal(made.client, client)
    assert.ok(made instanceof ChangeBatch && made.error === undefined)
    assert.equal(JSON.parse(JSON.stringify(made)).resource, '/me/drive/root')
    assert.match(inspect(made), /^MemberBatch \{.*resource: Resource\(\/me\/drive\/root\)/s)
    assert.equal(Notification.from({ resource: DRIVE, client }).client, client)
    const moved = MemberChange.from({ resource: DRIVE, client, kind: 'created', path: '/plan.pdf', item: item() })
    assert.equal(moved.client, client)
    assert.ok(moved instanceof Change && moved.error === undefined)
    assert.deepEqual(JSON.parse(JSON.stringify(moved)), JSON.parse(JSON.stringify(change())))
    assert.match(inspect(moved), /^MemberChange \{/)
  })

  it('is not made by constructors', () => {
    const classes = [
      Resource,
      DriveItem,
      ListItem,
      Payload,
      Notification,
      ChangeBatch,
      MemberBatch,
      Change,
      DrivebellError,
    ]
    for (const each of classes) {
      const Class = each as unknown as new (fields: unknown) => unknown
      for (const fields of [undefined, 'a', { id: '1', resource: DRIVE, items: [], checkpoint: 'c' }]) {
        assert.throws(() => new Class(fields), {
          code: 'ERR_DRIVEBELL_INVALID_ARGUMENT',
          message: /^constructor: is not for programs: call \S/,
        })
      }
    }
  })

  it('is refused by the name of what is bad', () => {
    const circle: Record<string, unknown> = { id: '1' }
    circle.self = circle
    const bad: [argument: string, make: (any: (value: unknown) => never) => unknown][] = [
      ['raw', (any) => DriveItem.fromRaw(any(undefined))],
      ['raw', () => DriveItem.fromRaw('7')],
      ['raw', () => DriveItem.fromRaw({ name: 'a' })],
      ['raw', () => DriveItem.fromRaw(circle)],
      ['raw', (any) => ListItem.fromRaw(any(7))],
      ['raw', () => ListItem.fromRaw('{')],
      ['raw', () => Payload.fromRaw('[]')],
      ['raw', (any) => Payload.fromRaw(any(null))],
      ['resource', (any) => Resource.parse(any(undefined))],
      ['resource', () => Resource.parse('/me')],
      ['fields', (any) => Notification.from(any(undefined))],
      ['resource', (any) => Notification.from(any({}))],
      ['resource', () => note({ resource: '/x' })],
      ['kind', () => note({ kind: 'deleted' })],
      ['type', () => note({ type: 'connected' })],
      ['payload', () => note({ kind: 'resync' })],
      ['payload', () => note({ payload: 7 })],
      ['raw', () => note({ payload: {} })],
      ['client', () => note({ client: 'kim' })],
      ['coalesced', () => note({ coalesced: -1 })],
      ['receivedAt', () => note({ receivedAt: 'soon' })],
      ['receivedAt', () => note({ receivedAt: null })],
      ['recievedAt', () => note({ recievedAt: 7 })],
      ['fields', (any) => ChangeBatch.from(any('c'))],
      ['checkpoint', (any) => ChangeBatch.from(any({}))],
      ['items', () => batch({ items: item() })],
      ['items', () => batch({ items: [RAW] })],
      ['items', () => batch({ items: [undefined] })],
      ['raw', () => batch({ items: [{ type: 'driveItem' }] })],
      ['trigger', () => batch({ trigger: 'whim' })],
      ['initial', () => batch({ initial: 1 })],
      ['caughtUp', () => batch({ caughtUp: null })],
      ['snapshot', () => batch({ snapshot: 7 })],
      ['resyncCode', () => batch({ resyncCode: 7 })],
      ['done', () => batch({ done: true })],
      ['client', (any) => MemberBatch.from(any({ resource: DRIVE, checkpoint: 'c' }))],
      ['fields', (any) => Lifecycle.from(any(undefined))],
      ['kind', (any) => Lifecycle.from(any({ resource: DRIVE }))],
      ['kind', (any) => Lifecycle.from(any({ kind: 'notification', resource: DRIVE }))],
      ['reason', () => gone({ reason: 'whim' })],
      ['reason', (any) => Lifecycle.from(any({ kind: 'disconnected', resource: DRIVE }))],
      ['retryIn', () => gone({ retryIn: -1 })],
      ['retryAfter', () => gone({ retryAfter: '7' })],
      ['message', () => gone({ message: 7 })],
      ['error', () => gone({ error: ERROR })],
      ['error', (any) => Lifecycle.from(any({ kind: 'ended', resource: DRIVE }))],
      ['retryIn', (any) => Lifecycle.from(any({ kind: 'connected', resource: DRIVE, retryIn: 7 }))],
      ['code', (any) => DrivebellError.from(any({ code: 'NOT_FOUND', message: 'a' }))],
      ['code', (any) => DrivebellError.from(any(undefined))],
      ['message', (any) => DrivebellError.from(any({ code: 'ERR_DRIVEBELL_STATE' }))],
      ['status_', (any) => DrivebellError.from(any({ code: 'ERR_DRIVEBELL_STATE', message: 'a', status_: 7 }))],
      ['path', () => change({ path: undefined })],
      ['kind', () => change({ kind: 'changed' })],
      ['item', () => change({ item: undefined })],
      ['raw', () => change({ item: {} })],
      ['movedIn', () => change({ movedIn: 'yes' })],
      ['foundBy', () => change({ foundBy: 'luck' })],
      ['client', (any) => MemberChange.from(any(undefined))],
    ]
    for (const [argument, make] of bad) {
      assert.throws(
        () => make((value) => value as never),
        (error) => {
          assert.ok(error instanceof DrivebellError, inspect(error))
          assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
          assert.equal(error.argument, argument, `${make}: ${error.message}`)
          assert.ok(error.message.startsWith(`${argument}: `), error.message)
          assert.doesNotMatch(error.message, /\ban? undefined|\ban? null|\[object/)
          return true
        },
      )
    }
  })
})
