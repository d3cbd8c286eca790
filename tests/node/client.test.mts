import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Client, type ClientOptions, Cloud, DrivebellError, Resource } from 'drivebell'
import { CLIENT_OPTIONS, namesOf } from './support/declared-options.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

const ALIASES = [
  '/groups/g1/drive=b!team',
  '/sites/host,a,b/lists/l1=b!team',
  '/users/user@example.com/drive=b!me',
  '/sites/s1/drive=b!team',
]

const ABOVE_ZERO = namesOf(CLIENT_OPTIONS, 'duration', false)
const FROM_ZERO = namesOf(CLIENT_OPTIONS, 'duration', true)
const SIZES = namesOf(CLIENT_OPTIONS, 'whole number from 1')

eachService('a client', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start(...ALIASES.flatMap((alias) => ['--alias', alias]))
  })
  after(() => simulator.kill())

  it('rejects invalid arguments by name, before any I/O', async () => {
    const bad: [argument: string, options: unknown][] = [
      ['options', undefined],
      ['options', null],
      ['options', TOKEN],
      ['credential', {}],
      ['credential', { credential: undefined }],
      ['credential', { credential: null }],
      ['credential', { credential: 7 }],
      ['credential', { credential: '' }],
      ['credential', { credential: 'two words' }],
      ['credential', { credential: { token: TOKEN } }],
      ...(
        [
          ['cloud', 'moon'],
          ['cloud', 7],
          ['baseUrl', 'nonsense'],
          ['baseUrl', 'http://graph.microsoft.com'],
          ['baseUrl', `${simulator.baseUrl}/v1.0`],
          ['baseUrl', null],
          ['apiVersion', 'v2.0'],
          ['scopes', []],
          ['scopes', ['']],
          ['scopes', 'Files.Read'],
          ['scopes', [7]],
          ['proxy', 'nonsense'],
          ['proxy', 7],
          ['caBundle', '/nowhere/ca.pem'],
          ['caBundle', 7],
          ['userAgent', 'a\nb'],
          ['userAgent', ''],
          ...[...ABOVE_ZERO, ...FROM_ZERO].flatMap((name) =>
            [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null].map((value) => [name, value]),
          ),
          ...ABOVE_ZERO.map((name) => [name, 0]),
          ...[-1, Number.NaN, Number.NEGATIVE_INFINITY, '1', null].map((value) => ['startTimeout', value]),
          ...SIZES.flatMap((name) => [0, -1, 1.5, Number.NaN, '1', 10n].map((value) => [name, value])),
          ['baseURL', simulator.baseUrl],
          ['timeout', 5],
        ] as [string, unknown][]
      ).map(([name, value]): [string, unknown] => [name, { credential: TOKEN, [name]: value }]),
      ['baseUrl', { credential: TOKEN, baseUrl: simulator.baseUrl, cloud: Cloud.China }],
    ]
    for (const [argument, options] of bad) {
      const error = thrownBy(() => new Client(options as ClientOptions))
      assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT', inspect(options))
      assert.equal(error.argument, argument, inspect(options))
      assert(error.message.startsWith(`${argument}: `), error.message)
      assert.equal(error.retryable, false)
    }

    const client = clientOf(simulator)
    const badCalls: [argument: string, resource: unknown, options?: unknown][] = [
      ['resource', undefined],
      ['resource', null],
      ['resource', '/me/drive'],
      ['resource', {}],
      ['options', Resource.myDrive(), null],
      ['options', Resource.myDrive(), 7],
      ['abort', Resource.myDrive(), { abort: AbortSignal.abort() }],
      ['signal', Resource.myDrive(), { signal: 7 }],
      ['signal', Resource.myDrive(), { signal: null }],
      ['signal', Resource.myDrive(), { signal: new AbortController() }],
    ]
    for (const [argument, resource, options] of badCalls) {
      for (const call of ['endpoint', 'subscribe'] as const) {
        const error = await failure(client[call](resource as Resource, options as object))
        assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
        assert.equal(error.argument, argument)
      }
    }
    for (const waitLive of [0, 'no', null]) {
      const error = await failure(client.subscribe(Resource.myDrive(), { waitLive: waitLive as unknown as boolean }))
      assert.equal(error.argument, 'waitLive')
    }
    const misplaced = await failure(client.endpoint(Resource.myDrive(), { waitLive: true } as object))
    assert.equal(misplaced.argument, 'waitLive')
    assert.deepEqual(await simulator.requests(), [])
  })

  it('requests the endpoint of each resource at its documented path', async () => {
    const table: [resource: Resource, root: string, delta: string | undefined][] = [
      [Resource.myDrive(), '/me/drive/root', '/me/drive/root/delta'],
      [Resource.drive('b!team'), '/drives/b!team/root', '/drives/b!team/root/delta'],
      [Resource.driveList('b!team'), '/drives/b!team/list', '/drives/b!team/list/items/delta'],
      [Resource.groupDrive('g1'), '/groups/g1/drive/root', '/groups/g1/drive/root/delta'],
      [
        Resource.siteListDrive('host,a,b', 'l1'),
        '/sites/host,a,b/lists/l1/drive/root',
        '/sites/host,a,b/lists/l1/drive/root/delta',
      ],
      [Resource.siteList('host,a,b', 'l1'), '/sites/host,a,b/lists/l1', '/sites/host,a,b/lists/l1/items/delta'],
      [
        Resource.userDrive('user@example.com'),
        '/users/user@example.com/drive/root',
        '/users/user@example.com/drive/root/delta',
      ],
      [Resource.siteDrive('s1'), '/sites/s1/drive/root', '/sites/s1/drive/root/delta'],
      [Resource.path('/me/drive/root/subscriptions/socketIo'), '/me/drive/root', undefined],
      [Resource.path('/drives/b!team/root/subscriptions/socketIo', '/x/delta'), '/drives/b!team/root', '/x/delta'],
    ]
    const client = clientOf(simulator)
    for (const [resource, root, delta] of table) {
      assert.equal(resource.subscriptionPath, `${root}/subscriptions/socketIo`)
      assert.equal(resource.deltaPath, delta)
      // One without a delta query is shown by its whole path, so that its text can be parsed.
      const text = delta === undefined ? resource.subscriptionPath : root
      assert.equal(String(resource), text)
      assert.deepEqual(copyOf(resource), resource)
      assert.equal(inspect(resource), `Resource(${text})`)
      await client.endpoint(resource)
      const last = (await simulator.requests()).at(-1)
      assert.equal(last?.path, `/v1.0${root}/subscriptions/socketIo`)
    }
    assert.equal(Resource.drive('a#b').subscriptionPath, '/drives/a%23b/root/subscriptions/socketIo')
  })

  it('applies its options', async () => {
    const requested: string[][] = []
    const client = clientOf(simulator, {
      credential: ({ scopes }) => {
        requested.push(scopes)
        return TOKEN
      },
      apiVersion: 'beta',
      userAgent: 'NONISV|tests|suite/1',
      scopes: ['a', 'b'],
      requestTimeout: 20_000,
      connectTimeout: 20_000.5,
      openTimeout: 20_000,
      joinTimeout: 20_000,
      closeTimeout: 20_000,
      credentialTimeout: 20_000,
      startTimeout: Number.POSITIVE_INFINITY,
      ...Object.fromEntries(FROM_ZERO.map((name) => [name, 0])),
      maxHandshakes: 1,
      maxEndpointCallsPerSecond: Number.MAX_SAFE_INTEGER,
      maxMessageSize: 100_000,
      mailboxCapacity: 5,
      cloud: undefined,
    })
    await client.endpoint(Resource.myDrive())
    assert.deepEqual(requested, [['a', 'b']])
    const last = (await simulator.requests()).at(-1)
    assert.equal(last?.path, '/beta/me/drive/root/subscriptions/socketIo')
    assert.equal(new Map(last.headers).get('user-agent'), 'NONISV|tests|suite/1')
    for (const cloud of Object.values(Cloud)) assert(new Client({ credential: TOKEN, cloud }))
  })

  it('returns the endpoint with all its parts', async () => {
    const endpoint = await clientOf(simulator).endpoint(Resource.myDrive())
    assert.match(endpoint.id ?? '', /^[0-9a-f-]{36}$/)
    assert(endpoint.notificationUrl.startsWith(`${simulator.baseUrl}/notifications?token=`))
    assert.equal(endpoint.host, '127.0.0.1')
    const lifetime = endpoint.expiresAt.getTime() - Date.now()
    assert(lifetime > 3_500_000 && lifetime <= 3_600_000, `${lifetime}`)
    assert.match(endpoint.clientState ?? '', /^system-managed:/)
    assert.match(String(endpoint.additionalData['@odata.context']), /subscriptions/)
    const { id, host, expiresAt, clientState, additionalData } = endpoint
    assert.deepEqual(structuredClone(endpoint), { id, host, expiresAt, clientState, additionalData })
    assert.deepEqual(JSON.parse(JSON.stringify(endpoint)).additionalData, additionalData)
    assert.notDeepEqual(await clientOf(simulator).endpoint(Resource.myDrive()), endpoint)
  })

  it('shows no secret, however it is printed', async () => {
    const client = clientOf(simulator)
    const endpoint = await client.endpoint(Resource.myDrive())
    const sub = await client.subscribe(Resource.myDrive())
    const rejected = await failure(clientOf(simulator, { credential: 's3cr3t-token' }).endpoint(Resource.myDrive()))
    const malformed = thrownBy(() => new Client({ credential: 's3cr3t token' }))
    const secret = new URL(endpoint.notificationUrl).searchParams.get('token')
    assert(secret)
    for (const object of [client, endpoint, sub, rejected, malformed]) {
      const printed = [
        inspect(object, { depth: 20 }),
        inspect(object, { depth: 20, showHidden: true }),
        inspect({ ...object }, { depth: 20 }),
        JSON.stringify(object),
        String(object),
        object instanceof Error ? object.stack : '',
      ].join('\n')
      for (const hidden of [TOKEN, 's3cr3t', secret, encodeURIComponent(secret)]) {
        assert(!printed.includes(hidden), printed)
      }
    }
    assert.match(inspect(endpoint), /^Endpoint \{.*'127\.0\.0\.1\/\[redacted\]'/s)
    assert.match(inspect(sub), /^Subscription \{ resource: Resource\(\/me\/drive\/root\), state: 'live' \}$/)
    assert(malformed instanceof DrivebellError)
    await client.close()
  })
})

/** The resource, from its JSON. */
function copyOf(resource: Resource): Resource {
  const json = JSON.parse(JSON.stringify(resource))
  return typeof json === 'string' ? Resource.parse(json) : Resource.path(json.subscriptionPath, json.deltaPath)
}

describe('a resource', () => {
  it('throws for an invalid id or path, and names it', () => {
    const bad: [argument: string, make: () => unknown][] = [
      ...(['drive', 'driveList', 'groupDrive', 'userDrive', 'siteDrive'] as const).flatMap((name) =>
        ['', 'a/b', '..', undefined, 7].map((id): [string, () => unknown] => [
          'id',
          () => Resource[name](id as string),
        ]),
      ),
      ...(['siteListDrive', 'siteList'] as const).flatMap((name): [string, () => unknown][] => [
        ['siteId', () => Resource[name]('', 'l')],
        ['listId', () => Resource[name]('s', '')],
        ['siteId', () => Resource[name](7 as never, 'l')],
        ['listId', () => Resource[name]('s', undefined as never)],
      ]),
      ['path', () => Resource.path('me/drive/subscriptions/socketIo')],
      ['path', () => Resource.path('/me/drive/root')],
      ['path', () => Resource.path(undefined as never)],
      ['delta', () => Resource.path('/me/drive/root/subscriptions/socketIo', '/a?b')],
      ['delta', () => Resource.path('/me/drive/root/subscriptions/socketIo', null as never)],
    ]
    for (const [argument, make] of bad) {
      const error = thrownBy(make)
      assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT', String(make))
      assert.equal(error.argument, argument, String(make))
    }
  })

  it('equals another with the same path', () => {
    assert(Resource.drive('a').equals(Resource.drive('a')))
    assert(!Resource.drive('a').equals(Resource.drive('b')))
    assert(!Resource.drive('a').equals('/drives/a/root'))
  })
})
