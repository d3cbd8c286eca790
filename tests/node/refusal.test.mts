/** What a credential throws, as the libraries of Node throw it: the core tells "no" from "not now". */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type Credential, Resource, SignInRequired } from 'drivebell'
import { within } from './support/deadline.mjs'
import { clientOf, failure } from './support/drivebell.mjs'
import { Simulator } from './support/simulator.mjs'

let simulator: Simulator

before(async () => {
  simulator = await Simulator.start('simulator')
})
after(() => simulator.kill())

function failureOf(thrown: unknown) {
  const credential: Credential = () => Promise.reject(thrown)
  return failure(within(clientOf(simulator, { credential }).endpoint(Resource.myDrive()), 'the failure'))
}

function named(name: string, message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), { name, ...fields })
}

/** What `@azure/identity` throws for a response of the identity service. */
function authenticationError(error: string, errorDescription: string): Error {
  const message = `${error} Status code: 400\nMore details:\n${errorDescription},`
  return named('AuthenticationError', message, { statusCode: 400, errorResponse: { error, errorDescription } })
}

/** What msal-node throws. */
function authError(name: string, errorCode: string, errorMessage: string): Error {
  return named(name, `${errorCode}: ${errorMessage}`, { errorCode, errorMessage, subError: '' })
}

class Mine extends SignInRequired {}

const REFUSALS: [thrown: unknown, shown: RegExp][] = [
  [new SignInRequired('run login'), /SignInRequired: run login$/],
  [new Mine('run login'), /run login$/],
  [new Error('wrapped', { cause: new SignInRequired('run login') }), /Error: wrapped: run login$/],
  [named('CredentialUnavailableError', "Please run 'az login'"), /CredentialUnavailableError: Please run 'az login'$/],
  [named('AuthenticationRequiredError', 'Automatic authentication has been disabled.'), /has been disabled/],
  [authenticationError('invalid_grant', 'AADSTS50126: wrong.\nTrace ID: 7'), /: AADSTS50126: wrong\.$/],
  [
    authError('InteractionRequiredAuthError', 'no_tokens_found', 'No refresh token found'),
    /no_tokens_found: No refresh/,
  ],
  [authError('InteractionRequiredAuthError', '', 'sub-error'), /sub-error/],
  [authError('AuthError', 'post_request_failed', 'expired_token'), /post_request_failed: expired_token$/],
  [authError('ClientAuthError', 'device_code_expired', 'See https://aka.ms/msal'), /device_code_expired/],
  [
    named('ResponseBodyError', 'server responded with an error', { error: 'invalid_grant' }),
    /: invalid_grant: server responded with an error$/,
  ],
  [
    named('AxiosError', 'Request failed with status code 400', {
      response: { data: { error: 'invalid_grant', error_description: 'AADSTS700082: expired' } },
    }),
    /AxiosError: invalid_grant: Request failed with status code 400: AADSTS700082: expired$/,
  ],
  [{ error: 'consent_required', error_description: 'AADSTS65001: no consent' }, /AADSTS65001: no consent/],
  [
    named('AggregateAuthenticationError', 'ChainedTokenCredential authentication failed.', {
      errors: [named('CredentialUnavailableError', 'not configured'), named('AuthenticationRequiredError', 'x')],
    }),
    /AggregateAuthenticationError: ChainedTokenCredential authentication failed\.: not configured$/,
  ],
  ['invalid_grant', /: invalid_grant$/],
]

const OUTAGES: [thrown: unknown, shown: RegExp][] = [
  [new Error('offline'), /Error: offline$/],
  [
    new TypeError('fetch failed', { cause: named('Error', 'getaddrinfo ENOTFOUND login', { code: 'ENOTFOUND' }) }),
    /TypeError: fetch failed: getaddrinfo ENOTFOUND login$/,
  ],
  [
    named('CredentialUnavailableError', 'endpoints_resolution_error: See https://aka.ms/x'),
    /endpoints_resolution_error/,
  ],
  [
    named('CredentialUnavailableError', 'failed', { cause: named('Error', '', { code: 'ECONNREFUSED' }) }),
    /failed: ECONNREFUSED$/,
  ],
  [authError('ClientAuthError', 'network_error', 'Network request failed'), /network_error/],
  [authError('ServerError', 'temporarily_unavailable', 'AADSTS90033: A transient error'), /AADSTS90033/],
  [
    authenticationError('invalid_request', 'The service indicated that the request was invalid.\n\n<html>'),
    /invalid_request Status code: 400: The service indicated that the request was invalid\.$/,
  ],
  [
    authenticationError('unknown_error', 'An unknown error has occurred.'),
    /unknown_error Status code: 400: An unknown error has occurred\.$/,
  ],
  [undefined, /it threw undefined$/],
  [null, /it threw null$/],
  [7, /it threw a number$/],
  [{}, /it threw an object$/],
  [Object.create(null), /it threw an object$/],
]

it('a refusal is not retryable, and its reason is shown', async () => {
  for (const [thrown, shown] of REFUSALS) {
    const error = await failureOf(thrown)
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.match(error.message, /^the credential refused to give a token; sign in again: /)
    assert.match(error.message, shown)
    assert.equal(error.retryable, false)
    assert.equal(error.cause, thrown)
  }
})

it('everything else may pass', async () => {
  for (const [thrown, shown] of OUTAGES) {
    const error = await failureOf(thrown)
    assert.equal(error.code, 'ERR_DRIVEBELL_AUTHENTICATION')
    assert.match(error.message, /^the credential could not give a token, which may pass/)
    assert.match(error.message, shown)
    assert.equal(error.retryable, true)
    assert.equal(error.cause, thrown)
  }
})

it('an OAuth error may be returned as well', async () => {
  for (const [error, retryable] of [
    ['invalid_grant', false],
    ['temporarily_unavailable', true],
  ] as const) {
    const answer = { error, error_description: 'AADSTS1: why' }
    const failed = await failure(clientOf(simulator, { credential: () => answer }).endpoint(Resource.myDrive()))
    assert.equal(failed.cause, answer)
    assert.equal(failed.retryable, retryable)
    assert.match(failed.message, /AADSTS1: why/)
  }
})

it('no secret is shown', async () => {
  const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
  for (const thrown of [
    new Error(`got ${jwt}`),
    `Authorization: Bearer s3cr3t`,
    named(`eyJ ${jwt}`, 'x'),
    { error: jwt, error_description: jwt },
  ]) {
    const { message } = await failureOf(thrown)
    assert.doesNotMatch(message, /eyJ|s3cr3t/)
  }
})

it('nothing that is thrown can break the client', async () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get')
      },
      getPrototypeOf() {
        throw new Error('getPrototypeOf')
      },
      has() {
        throw new Error('has')
      },
      ownKeys() {
        throw new Error('ownKeys')
      },
    },
  )
  const cyclic = new Error('cyclic')
  cyclic.cause = new AggregateError([cyclic, hostile], 'inner', { cause: cyclic })
  let deep = new Error('the innermost')
  for (let depth = 0; depth < 10_000; depth += 1) deep = new Error('deep', { cause: deep })
  const huge = new Error('x'.repeat(10_000_000))
  const wide = new AggregateError(Array.from({ length: 100_000 }, () => huge))
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const odd = Object.assign(new Error('odd'), { name: 7, errors: 'many', response: null, cause: Symbol('cause') })
  for (const thrown of [hostile, cyclic, deep, huge, wide, revoked.proxy, odd, Symbol('thrown'), () => {}]) {
    const error = await failureOf(thrown)
    assert.equal(error.retryable, true)
    assert.equal(error.cause, thrown)
    assert(error.message.length < 1_000)
  }
})
