import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { DrivebellError, Resource, type TokenRequest } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'
import { StallingServer } from './support/stalling-server.mjs'

const APP_ONLY = `e30.${Buffer.from('{"idtyp":"app"}').toString('base64url')}.c2ln`
const NOWHERE = 'http://127.0.0.1:1'
const UUID = /^[0-9a-f-]{36}$/

eachService('an error', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start('--token', APP_ONLY)
  })
  after(() => simulator.kill())

  it('of 401 comes after one retry with a fresh token', async () => {
    const requests: TokenRequest[] = []
    const credential = (request: TokenRequest) => {
      requests.push(request)
      return 'expired'
    }
    const error = await failure(clientOf(simulator, { credential }).subscribe(Resource.myDrive()))
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.equal(error.status, 401)
    assert.equal(error.graphCode, 'InvalidAuthenticationToken')
    assert.equal(error.retryable, false)
    assert.match(error.requestId ?? '', UUID)
    assert.match(error.clientRequestId ?? '', UUID)
    assert.equal(error.argument, undefined)
    const scopes = [`${simulator.baseUrl}/.default`]
    assert.deepEqual(
      requests.map(({ scopes, refresh, claims }) => ({ scopes, refresh, claims })),
      [
        { scopes, refresh: false, claims: undefined },
        { scopes, refresh: true, claims: undefined },
      ],
    )
    const ids = (await simulator.requests()).map(({ headers }) => new Map(headers).get('client-request-id'))
    assert(ids.includes(error.clientRequestId))
  })

  it('of 401 is not reported if the fresh token is accepted', async () => {
    const credential = ({ refresh }: TokenRequest) => (refresh ? TOKEN : 'expired')
    assert(await clientOf(simulator, { credential }).endpoint(Resource.myDrive()))
  })

  it('of 403 explains an app-only token', async () => {
    const error = await failure(clientOf(simulator, { credential: APP_ONLY }).endpoint(Resource.myDrive()))
    assert.equal(error.code, 'ERR_DRIVEBELL_ACCESS_DENIED')
    assert.equal(error.status, 403)
    assert.equal(error.graphCode, 'accessDenied')
    assert.match(error.message, /application permissions are not supported/)
  })

  it('of 404 has the code of Graph', async () => {
    const error = await failure(clientOf(simulator).subscribe(Resource.drive('b!nowhere')))
    assert.equal(error.code, 'ERR_DRIVEBELL_NOT_FOUND')
    assert.equal(error.status, 404)
    assert.equal(error.graphCode, 'itemNotFound')
    assert.equal(error.name, 'DrivebellError')
    assert(error instanceof Error)
    assert.match(error.stack ?? '', /errors\.test\.mjs/)
  })
})

describe('an error without a service', () => {
  it('of a refused connection has its cause', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.close()
    await once(server, 'close')
    const error = await failure(within(clientOf({ baseUrl }).subscribe(Resource.myDrive()), 'the failure'))
    assert.equal(error.code, 'ERR_DRIVEBELL_CONNECTION_FAILED')
    assert.equal(error.retryable, true)
    assert.equal(error.status, undefined)
    assert.match(error.clientRequestId ?? '', UUID)
    let innermost: unknown = error
    while (innermost instanceof Error && innermost.cause) innermost = innermost.cause
    assert(innermost instanceof Error)
    assert.match(innermost.message, /refused/i)
  })

  it('leads to its page once, however it is printed', async () => {
    const page = 'https://drivebell.github.io/drivebell/errors/connection-refused/'
    const error = await failure(within(clientOf({ baseUrl: NOWHERE }).endpoint(Resource.myDrive()), 'the failure'))
    assert.equal(error.helpUrl, page)
    assert.equal(String(error), `DrivebellError: ${error.message}; see ${page}`)
    assert.equal(inspect(error).split(page).length, 2)
    assert(!error.message.includes('https'))
    const state = DrivebellError.from({ code: 'ERR_DRIVEBELL_STATE', message: 'closed' })
    assert.equal(state.helpUrl, 'https://drivebell.github.io/drivebell/errors/state/')
    const given = { code: 'ERR_DRIVEBELL_STATE', message: 'closed', helpUrl: 'https://example.com' } as const
    assert.equal(DrivebellError.from(given).helpUrl, given.helpUrl)
  })

  it('of each timeout has the code of a timeout', async () => {
    const cases = [
      ['graph', { requestTimeout: 50 }],
      ['upgrade', { connectTimeout: 50 }],
      ['open', { openTimeout: 50 }],
      ['join', { joinTimeout: 50 }],
    ] as const
    for (const [stall, options] of cases) {
      const server = await StallingServer.start(stall)
      try {
        const error = await failure(within(clientOf(server, options).subscribe(Resource.myDrive()), stall))
        assert.equal(error.code, 'ERR_DRIVEBELL_TIMEOUT', stall)
        assert.equal(error.retryable, true)
      } finally {
        server.stop()
      }
    }
  })
})
