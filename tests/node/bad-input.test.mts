/** Every refusal of a value says what must be given and what was, in a sentence. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Client, DrivebellError, Resource } from 'drivebell'
import { CHANGES_OPTIONS, CLIENT_OPTIONS } from './support/declared-options.mjs'
import { rejection } from './support/drivebell.mjs'

const WRONG: [value: unknown, name: string][] = [
  [undefined, 'undefined'],
  [null, 'null'],
  [7, 'a number'],
  ['x', 'a string'],
  [true, 'a boolean'],
  [7n, 'a bigint'],
  [Symbol('x'), 'a symbol'],
  [() => {}, 'a function'],
  [[], 'an array'],
  [{}, 'an object'],
]
const DRIVE = Resource.myDrive()
const client = new Client({ credential: 'token' })

/** What takes a value of one type, which is not among these. */
const CALLS: [argument: string, type: string, call: (value: never) => unknown][] = [
  ['options', 'an object', (value) => new Client(value)],
  ['id', 'a string', (value) => Resource.drive(value)],
  ['resource', 'a Resource', (value) => client.subscribe(value)],
  ['resource', 'a Resource', (value) => client.endpoint(value)],
  ['resource', 'a Resource', (value) => client.changes(value, { since: 'now' })],
  ['resource', 'a Resource', (value) => client.subscribeAll([value])],
  ['file', 'a string', (value) => client.mirror(DRIVE, value)],
  ['options', 'an object', (value) => client.mirror(DRIVE, 'never.db', value)],
  ['waitLive', 'a boolean', (waitLive) => client.subscribe(DRIVE, { waitLive })],
  ['signal', 'an AbortSignal', (signal) => client.endpoint(DRIVE, { signal })],
]

async function refusal(call: () => unknown): Promise<DrivebellError> {
  const error = await rejection((async () => call())())
  assert.ok(error instanceof DrivebellError, `${error}`)
  assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
  return error
}

it('arguments', async () => {
  for (const [argument, type, call] of CALLS) {
    for (const [value, name] of WRONG) {
      // An undefined option is not given.
      if (name === type || (value === undefined && /options|waitLive|signal/.test(argument))) continue
      const { message } = await refusal(() => call(value as never))
      assert.equal(message, `${argument}: must be ${type}, not ${name}`)
    }
  }
})

it('options', async () => {
  const calls: [options: typeof CLIENT_OPTIONS, call: (options: object) => unknown][] = [
    [CLIENT_OPTIONS, (options) => new Client({ credential: 'token', ...options })],
    [CHANGES_OPTIONS, (options) => client.changes(DRIVE, { since: 'now', ...options })],
  ]
  for (const [options, call] of calls) {
    assert.ok(options.length > 10)
    for (const { name: option } of options) {
      for (const [value, name] of WRONG.filter(([value]) => typeof value === 'symbol' || value === null)) {
        const { message, argument } = await refusal(() => call({ [option]: value }))
        assert.equal(argument, option)
        assert.match(message, new RegExp(`^${option}: must be an? [\\w ,]+, not ${name}$`))
      }
    }
  }
})

it('says which number, or what is in an array', async () => {
  const cases: [options: object, message: string][] = [
    [{ retryMin: -1 }, 'retryMin: must be a number of milliseconds from 0, not -1'],
    [{ retryMin: Number.NaN }, 'retryMin: must be a number of milliseconds from 0, not NaN'],
    [{ retryMin: Number.POSITIVE_INFINITY }, 'retryMin: must be a number of milliseconds from 0, not Infinity'],
    [{ retryMin: 1e300 }, 'retryMin: must be a number of milliseconds from 0, not 1e300'],
    [{ maxHandshakes: 1.5 }, 'maxHandshakes: must be a whole number, not 1.5'],
    [
      { scopes: ['a', 7, null, 8] },
      'scopes: must be an array of strings, not an array with a string and a number and null',
    ],
    [{ scopes: 'a' }, 'scopes: must be an array of strings, not a string'],
  ]
  for (const [options, message] of cases) {
    assert.equal((await refusal(() => new Client({ credential: 'token', ...options }))).message, message)
  }
  const since = await refusal(() => client.changes(DRIVE, {} as never))
  assert.equal(since.message, "since: must be 'start', 'now' or the checkpoint of a batch, not undefined")
})
