import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Client, type Credential, Resource, type TokenRequest } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'

eachService('a credential', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  async function endpointWith(credential: unknown) {
    const client = new Client({ credential: credential as Credential, baseUrl: simulator.baseUrl })
    return within(client.endpoint(Resource.myDrive()), 'the endpoint')
  }

  it('may be a function, an async function, or return a promise of another class', async () => {
    class Thenable extends Promise<string> {}
    for (const credential of [() => TOKEN, async () => TOKEN, () => Thenable.resolve(TOKEN)]) {
      assert(await endpointWith(credential))
    }
  })

  it('may be one of @azure/identity', async () => {
    class Fake {
      readonly requests: { scopes: unknown; signal: unknown }[] = []
      async getToken(scopes: string[], options: { abortSignal?: AbortSignal }) {
        this.requests.push({ scopes, signal: options.abortSignal })
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }
      }
    }
    const credential = new Fake()
    const client = clientOf(simulator, { credential })
    await client.endpoint(Resource.myDrive())
    const [request] = credential.requests
    assert.deepEqual(request?.scopes, [`${simulator.baseUrl}/.default`])
    assert(request?.signal instanceof AbortSignal && !request.signal.aborted)
    await client.close()
    assert(request.signal.aborted)
  })

  it('that throws makes its error the cause, by identity', async () => {
    class Mine extends Error {}
    const reasons = [new Mine('no account'), new TypeError('x'), { not: 'an error' }, 'a string', undefined, null]
    for (const reason of reasons) {
      const ways = [
        () => {
          throw reason
        },
        () => Promise.reject(reason),
        { getToken: () => Promise.reject(reason) },
      ]
      for (const credential of ways) {
        const error = await failure(endpointWith(credential))
        assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
        assert('cause' in error)
        assert.equal(error.cause, reason)
        assert.equal(error.status, undefined)
      }
    }
    const named = await failure(endpointWith(() => Promise.reject(new Mine('no account'))))
    assert.match(named.message, /it threw Error/)
    assert.doesNotMatch(named.message, /no account/)
  })

  it('that throws for many concurrent calls gives each call its own cause', async () => {
    let count = 0
    const client = clientOf(simulator, {
      credential: () => {
        count += 1
        return Promise.reject(Object.assign(new Error(), { name: `Reason${count}` }))
      },
    })
    const errors = await Promise.all(Array.from({ length: 50 }, () => failure(client.endpoint(Resource.myDrive()))))
    const causes = new Set(errors.map((error) => error.cause))
    assert.equal(causes.size, 50)
    for (const error of errors) assert(error.message.endsWith((error.cause as Error).name))
  })

  it('that returns no usable token makes the call fail', async () => {
    const bad: [returned: unknown, problem: RegExp][] = [
      [undefined, /undefined/],
      [null, /null/],
      [7, /number/],
      [{}, /token is undefined/],
      [{ token: 7 }, /token is a number/],
      ...[null, 'soon', Number.NaN, Number.POSITIVE_INFINITY, 7n].map((expiresOnTimestamp): [unknown, RegExp] => [
        { token: 's3cr3t', expiresOnTimestamp },
        /expiresOnTimestamp/,
      ]),
      ['', /empty/],
      ['s3cr3t token', /white space/],
    ]
    for (const [returned, problem] of bad) {
      const error = await failure(endpointWith(() => returned))
      assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
      assert.match(error.message, problem)
      assert(!error.message.includes('s3cr3t'))
    }
    for (const returned of [null, undefined, {}, { token: 7 }, { token: TOKEN, expiresOnTimestamp: 'soon' }]) {
      const error = await failure(endpointWith({ getToken: async () => returned }))
      assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    }
  })

  it('is called for each call', async () => {
    const requests: TokenRequest[] = []
    const client = clientOf(simulator, {
      credential: (request) => {
        requests.push(request)
        return TOKEN
      },
    })
    await client.endpoint(Resource.myDrive())
    const sub = await client.subscribe(Resource.myDrive())
    await sub.close()
    assert.deepEqual(
      requests.map(({ refresh }) => refresh),
      [false, false],
    )
  })

  it('is called again when its token is about to expire, and not before', async () => {
    const hour = 3_600_000
    const table: [lifetime: number | undefined, tokenRefreshMargin: number | undefined, calls: number][] = [
      [hour, undefined, 1],
      [hour, hour + 60_000, 3],
      [200_000, undefined, 3],
      [200_000, 0, 1],
      [-hour, 0, 3],
      [-2 * Date.now(), 0, 3],
      [undefined, undefined, 3],
    ]
    for (const [lifetime, tokenRefreshMargin, expected] of table) {
      let calls = 0
      const give = () => {
        calls += 1
        return { token: TOKEN, ...(lifetime !== undefined && { expiresOnTimestamp: Date.now() + lifetime }) }
      }
      for (const credential of [give, async () => give(), { getToken: async () => give() }]) {
        calls = 0
        const client = clientOf(simulator, { credential, tokenRefreshMargin })
        for (let call = 0; call < 3; call += 1) await client.endpoint(Resource.myDrive())
        assert.equal(calls, expected, `${lifetime}, ${tokenRefreshMargin}`)
      }
    }
  })

  it('is called again when Graph rejects its token, even before its expiry', async () => {
    const refreshes: boolean[] = []
    const client = clientOf(simulator, {
      credential: ({ refresh }) => {
        refreshes.push(refresh)
        return { token: refresh ? TOKEN : 'revoked', expiresOnTimestamp: Date.now() + 3_600_000 }
      },
    })
    await client.endpoint(Resource.myDrive())
    await client.endpoint(Resource.myDrive())
    assert.deepEqual(refreshes, [false, true])
  })

  it('that hangs times out', async () => {
    const client = clientOf(simulator, { credential: () => new Promise<string>(() => {}), credentialTimeout: 50 })
    for (const call of ['endpoint', 'subscribe'] as const) {
      const error = await failure(within<unknown>(client[call](Resource.myDrive()), call))
      assert.equal(error.code, 'ERR_DRIVEBELL_TIMEOUT')
      assert.match(error.message, /\(option credentialTimeout\)/)
    }
  })
})
