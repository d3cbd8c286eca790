import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Client, type Credential, Resource, type TokenAnswer, type TokenRequest } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, thrownBy } from './support/drivebell.mjs'
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
      readonly requests: unknown[][] = []
      async getToken(...request: unknown[]) {
        this.requests.push(request)
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }
      }
    }
    const credential = new Fake()
    const client = clientOf(simulator, { credential })
    await client.endpoint(Resource.myDrive())
    const [[scopes, options] = []] = credential.requests as [[string[], { abortSignal: AbortSignal }]]
    assert.deepEqual(scopes, [`${simulator.baseUrl}/.default`])
    assert.deepEqual(Object.keys(options ?? {}), ['abortSignal', 'enableCae'])
    assert(options?.abortSignal instanceof AbortSignal && !options.abortSignal.aborted)
    await client.close()
  })

  it('is refused at the call if it cannot give tokens, by what it has', () => {
    class PublicClientApplication {
      acquireTokenSilent() {}
      acquireTokenByDeviceCode() {}
    }
    class Other {
      getAccessToken() {}
      get secret() {
        throw new Error('a getter ran')
      }
    }
    const bad: [credential: unknown, problem: RegExp][] = [
      [undefined, /^credential: must be a token, a function or an object with getToken, not undefined$/],
      [7, /not a number$/],
      [{}, /an object with getToken, but this Object has no methods$/],
      [[], /an object with getToken, not an array$/],
      [new Other(), /an object with getToken, but this Other has the methods getAccessToken$/],
      [new PublicClientApplication(), /PublicClientApplication has no getToken; pass a function that calls acquireTok/],
      [PublicClientApplication, /must be an instance, not a class: pass new PublicClientApplication/],
      [{ token: 's3cr3t', expiresOnTimestamp: 7 }, /must not be an object with an access token: pass a function/],
      [{ accessToken: 's3cr3t' }, /must not be an object with an access token/],
      [{ access_token: 's3cr3t' }, /must not be an object with an access token/],
      [Promise.resolve('s3cr3t'), /must not be a promise: pass a function that returns it$/],
      ['', /the token is empty/],
      ['Bearer s3cr3t', /begins with "Bearer "/],
      ['s3cr3t\n', /line break/],
      ['s3cr3t x', /white space/],
    ]
    for (const [credential, problem] of bad) {
      for (const make of [
        () => new Client({ credential: credential as Credential }),
        () => clientOf(simulator).withCredential(credential as Credential),
      ]) {
        const error = thrownBy(make)
        assert.equal(error.code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
        assert.equal(error.argument, 'credential')
        assert.match(error.message, problem)
        assert(!error.message.includes('s3cr3t'))
      }
    }
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
  })

  it('is called once for all that need a token meanwhile, and they share its answer', async () => {
    let calls = 0
    let settle = (_: string | Promise<never>): void => {}
    const client = clientOf(simulator, {
      credential: () => {
        calls += 1
        return new Promise<string>((resolve) => {
          settle = resolve
        })
      },
    })
    const fifty = () => Array.from({ length: 50 }, () => client.endpoint(Resource.myDrive()))
    const failing = fifty().map(failure)
    await until(() => calls === 1, 'the call')
    const reason = new Error('offline')
    settle(Promise.reject(reason))
    for (const error of await Promise.all(failing)) assert.equal(error.cause, reason)
    const working = fifty()
    await until(() => calls === 2, 'the next call')
    settle(TOKEN)
    await Promise.all(working)
    assert.equal(calls, 2)
  })

  it('that returns no usable token makes the call fail', async () => {
    const bad: [returned: unknown, problem: RegExp][] = [
      [undefined, /returned undefined: it has no token/],
      [null, /returned null: it has no token/],
      [7, /returned a number/],
      [[], /returned an array/],
      [{}, /without token, accessToken, access_token; its fields: none/],
      [{ jwt: 's3cr3t', error: 7 }, /its fields: jwt, error/],
      [{ token: 7 }, /whose token is a number/],
      [{ accessToken: null }, /whose accessToken is null/],
      [{ access_token: {} }, /whose access_token is an object/],
      ...[null, 'soon', Number.NaN, Number.POSITIVE_INFINITY, 7n, new Date()].map(
        (expiresOnTimestamp): [unknown, RegExp] => [
          { token: 's3cr3t', expiresOnTimestamp },
          /expiresOnTimestamp is not a number of milliseconds since 1970/,
        ],
      ),
      [{ token: 's3cr3t', refreshAfterTimestamp: 'soon' }, /refreshAfterTimestamp is not/],
      [{ accessToken: 's3cr3t', expiresOn: 7 }, /expiresOn is not a Date/],
      [{ accessToken: 's3cr3t', expiresOn: new Date(Number.NaN) }, /expiresOn is not a Date/],
      [{ access_token: 's3cr3t', expires_in: 'soon' }, /expires_in is not a number of seconds/],
      ['', /empty/],
      ['s3cr3t token', /white space/],
      ['s3cr3t\n', /line break/],
      ['Bearer s3cr3t', /begins with "Bearer "/],
    ]
    for (const [returned, problem] of bad) {
      for (const credential of [() => returned, { getToken: async () => returned }]) {
        const error = await failure(endpointWith(credential))
        assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
        assert.match(error.message, problem)
        assert.equal(error.retryable, false)
        assert(!error.message.includes('s3cr3t'))
      }
    }
  })

  it('that returns a token with an impossible expiry makes the call fail, which may pass', async () => {
    const bad: [returned: unknown, problem: RegExp][] = [
      [{ token: TOKEN, expiresOnTimestamp: Date.now() - 3_600_000 }, /expiresOnTimestamp: .* 60 min ago/],
      [{ token: TOKEN, expiresOnTimestamp: Date.now() / 1_000 }, /in milliseconds since 1970/],
      [{ token: TOKEN, expiresOnTimestamp: -Date.now() }, /ago; check/],
      [{ token: TOKEN, expiresOnTimestamp: Date.now() * 1_000 }, /expiresOnTimestamp: is after the year 3000/],
      [{ token: TOKEN, expiresOnTimestamp: Number.MAX_VALUE }, /year 3000; it must be in milliseconds since 1970/],
      [{ accessToken: TOKEN, expiresOn: new Date(0) }, /days ago/],
      [{ access_token: TOKEN, expires_in: 0 }, /0 s ago/],
    ]
    for (const [returned, problem] of bad) {
      const error = await failure(endpointWith(() => returned))
      assert.match(error.message, problem)
      assert.equal(error.retryable, true)
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
      [undefined, undefined, 3],
    ]
    const forms: ((lifetime: number | undefined) => TokenAnswer)[] = [
      (lifetime) => ({ token: TOKEN, expiresOnTimestamp: lifetime && Date.now() + lifetime }),
      (lifetime) => ({ accessToken: TOKEN, expiresOn: lifetime ? new Date(Date.now() + lifetime) : null }),
      (lifetime) => ({ access_token: TOKEN, expires_in: lifetime && lifetime / 1_000 }),
      (lifetime) => ({ access_token: TOKEN, expires_in: lifetime && `${lifetime / 1_000}` }),
    ]
    for (const [lifetime, tokenRefreshMargin, expected] of table) {
      for (const form of forms) {
        let calls = 0
        const credential = async () => {
          calls += 1
          return form(lifetime)
        }
        const client = clientOf(simulator, { credential, tokenRefreshMargin })
        for (let call = 0; call < 3; call += 1) await client.endpoint(Resource.myDrive())
        assert.equal(calls, expected, `${lifetime}, ${tokenRefreshMargin}, ${form}`)
      }
    }
  })

  it('is called again when its token is to be refreshed, which works until it expires', async () => {
    const expiry = Date.now() + 3_600_000
    for (const answer of [
      { token: TOKEN, expiresOnTimestamp: expiry, refreshAfterTimestamp: Date.now() },
      { accessToken: TOKEN, expiresOn: new Date(expiry), refreshOn: new Date() },
      { access_token: TOKEN, expires_in: 3_600, refresh_in: '0' },
    ]) {
      let calls = 0
      const credential = () => {
        calls += 1
        if (calls > 1) throw new Error('offline')
        return answer
      }
      const client = clientOf(simulator, { credential })
      for (let call = 0; call < 3; call += 1) await client.endpoint(Resource.myDrive())
      assert.equal(calls, 3)
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

  it('that hangs times out, is told so, and is not called again before it has settled', async () => {
    const signals: AbortSignal[] = []
    let give = (_: string): void => {}
    const client = clientOf(simulator, {
      credential: ({ signal }) => {
        signals.push(signal)
        return new Promise<string>((resolve) => {
          give = resolve
        })
      },
      credentialTimeout: 50,
    })
    for (const call of ['endpoint', 'subscribe'] as const) {
      const error = await failure(within<unknown>(client[call](Resource.myDrive()), call))
      assert.equal(error.code, 'ERR_DRIVEBELL_TIMEOUT')
      assert.match(error.message, /\(option credentialTimeout\)/)
      await until(() => signals[0]?.aborted === true, 'the signal')
    }
    assert.equal((signals[0] as AbortSignal).reason.name, 'AbortError')
    const waiting = client.endpoint(Resource.myDrive())
    give(TOKEN)
    assert(await waiting)
    assert.equal(signals.length, 1)
  })

  it('is told when nobody waits any more', async () => {
    const giveUps: ((client: Client, controller: AbortController) => unknown)[] = [
      (_, controller) => controller.abort(),
      (client) => client.close(),
    ]
    for (const giveUp of giveUps) {
      for (const kind of ['function', 'object']) {
        const signals: AbortSignal[] = []
        // Held: a promise that nothing refers to may be collected, which ends the call.
        const held: unknown[] = []
        const hang = (signal: AbortSignal | undefined) => {
          if (signal) signals.push(signal)
          return new Promise<never>((...settle) => held.push(settle))
        }
        const credential: Credential =
          kind === 'function' ? ({ signal }) => hang(signal) : { getToken: (_, { abortSignal }) => hang(abortSignal) }
        const client = clientOf(simulator, { credential })
        const controller = new AbortController()
        const call = client.endpoint(Resource.myDrive(), { signal: controller.signal }).catch(() => {})
        await until(() => signals.length === 1, 'the call of the credential')
        assert.equal(signals[0]?.aborted, false)
        await giveUp(client, controller)
        await call
        await until(() => signals[0]?.aborted === true, 'the signal')
        await client.close()
      }
    }
  })
})
