import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { type Client, type Credential, Resource, SignInRequired, type TokenRequest } from 'drivebell'
import { until, within } from './support/deadline.mjs'
import { clientOf, failure, rejection } from './support/drivebell.mjs'
import { eachService } from './support/each-service.mjs'
import { type Simulator, TOKEN } from './support/simulator.mjs'
import { eventsUntil, wordsOf } from './support/story.mjs'

/** A credential that asks a person, who comes when the test says so. */
class Person {
  readonly requests: TokenRequest[] = []
  #answer: { resolve(token: string): void; reject(reason: unknown): void } | undefined

  readonly credential = (request: TokenRequest) => {
    this.requests.push(request)
    request.signingIn()
    return new Promise<{ token: string; expiresOnTimestamp: number }>((resolve, reject) => {
      this.#answer = {
        resolve: (token) => resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
        reject,
      }
    })
  }

  asked(): Promise<void> {
    return until(() => this.requests.length > 0, 'the person is asked')
  }

  comes(): void {
    this.#answer?.resolve(TOKEN)
  }

  declines(reason: unknown): void {
    this.#answer?.reject(reason)
  }
}

eachService('signing in', (start) => {
  let simulator: Simulator

  before(async () => {
    simulator = await start()
  })
  after(() => simulator.kill())

  it('waits for the person, and what follows finds a token', async () => {
    const person = new Person()
    await using client = clientOf(simulator, { credential: person.credential, credentialTimeout: 20 })
    const signedIn = client.signIn()
    await person.asked()
    // It takes longer than a credential may that asks nobody.
    await new Promise((resolve) => setTimeout(resolve, 100))
    person.comes()
    assert.equal(await within(signedIn, 'signIn'), undefined)
    await client.signIn()
    await client.endpoint(Resource.myDrive())
    const sub = await client.subscribe(Resource.myDrive())
    await sub.close()
    assert.equal(person.requests.length, 1)
  })

  it('needs nothing if the credential is a token', async () => {
    await using client = clientOf(simulator)
    await client.signIn()
  })

  it('asks one person once, and subscriptions report it', async () => {
    const person = new Person()
    await using client = clientOf(simulator, { credential: person.credential })
    const sub = await client.subscribe(Resource.myDrive(), { waitLive: false })
    const handled = await client.subscribe(Resource.drive('b!team'), { waitLive: false })
    const set = client.subscribeAll([Resource.myDrive()])
    const words: string[] = []
    handled
      .on('signing_in', ({ type, resource, coalesced }) => words.push(`${type} ${resource} ${coalesced}`))
      .on('connected', ({ type }) => words.push(type))
      .on('notification', () => {})
    await until(() => sub.state === 'signing_in' && set.state(Resource.myDrive()) === 'signing_in', 'signing_in')
    person.comes()
    const events = await eventsUntil(sub, 'resync')
    assert.deepEqual(wordsOf(events), ['signing_in', 'connected', 'resync'])
    const setEvents = set.events()
    const first = await within(setEvents.next(), 'the event of the set')
    assert.equal(first.value?.type, 'signing_in')
    await until(() => words.length === 2, 'both events')
    assert.deepEqual(words, [`signing_in ${Resource.drive('b!team')} 0`, 'connected'])
    assert.equal(person.requests.length, 1)
  })

  it('is cancelled by its signal, by closing, and by the timeout, and the credential learns of it', async () => {
    const ends: [end: (client: Client, controller: AbortController) => unknown, code: string | undefined][] = [
      [(_, controller) => controller.abort('enough'), undefined],
      [(client) => client.close(), 'ERR_DRIVEBELL_STATE'],
      [() => {}, 'ERR_DRIVEBELL_AUTHENTICATION'],
    ]
    for (const [end, code] of ends) {
      const person = new Person()
      const short = code === 'ERR_DRIVEBELL_AUTHENTICATION' && { signInTimeout: 50, credentialTimeout: 20 }
      await using client = clientOf(simulator, { credential: person.credential, ...short })
      const controller = new AbortController()
      const rejected = rejection(client.signIn({ signal: controller.signal }))
      await person.asked()
      await end(client, controller)
      const reason = await within(rejected, 'the rejection')
      if (code === undefined) assert.equal(reason, 'enough')
      else assert.equal((reason as { code: string }).code, code)
      if (short)
        assert.match((reason as Error).message, /\(option signInTimeout\); sign in again when somebody is there$/)
      await until(() => person.requests[0]?.signal.aborted === true, 'the signal')
    }
  })

  it('is required again after nobody came: only signIn asks', async () => {
    const person = new Person()
    await using client = clientOf(simulator, { credential: person.credential })
    const declined = failure(client.signIn())
    await person.asked()
    const reason = new SignInRequired('not today')
    person.declines(reason)
    for (const error of [await declined, await failure(client.endpoint(Resource.myDrive()))]) {
      assert.equal(error.retryable, false)
      assert.equal(error.cause, reason)
    }
    assert.equal(person.requests.length, 1)
    const signedIn = client.signIn()
    await until(() => person.requests.length === 2, 'the person is asked again')
    person.comes()
    await within(signedIn, 'signIn')
    await client.endpoint(Resource.myDrive())
  })

  it('has time if the credential is known to ask', async () => {
    class Slow {
      async getToken() {
        await new Promise((resolve) => setTimeout(resolve, 200))
        return { token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }
      }
    }
    class DeviceCodeCredential extends Slow {}
    class MyCredential extends DeviceCodeCredential {}
    class InteractiveBrowserCredential extends Slow {}
    class ChainedTokenCredential extends Slow {
      readonly _sources: readonly unknown[]
      constructor(...sources: unknown[]) {
        super()
        this._sources = sources
      }
    }
    const cyclic = new ChainedTokenCredential()
    Object.assign(cyclic, { _sources: [cyclic] })
    const table: [credential: Credential, hasTime: boolean][] = [
      [new DeviceCodeCredential(), true],
      [new MyCredential(), true],
      [new InteractiveBrowserCredential(), true],
      [new ChainedTokenCredential(new Slow(), new ChainedTokenCredential(new DeviceCodeCredential())), true],
      [new Slow(), false],
      [cyclic, false],
    ]
    for (const [credential, hasTime] of table) {
      await using client = clientOf(simulator, { credential, credentialTimeout: 50 })
      const call = client.endpoint(Resource.myDrive())
      if (hasTime) assert(await call)
      else assert.equal((await failure(call)).code, 'ERR_DRIVEBELL_TIMEOUT')
    }
  })

  it('refuses bad options', async () => {
    await using client = clientOf(simulator)
    for (const options of [{ sginal: 7 }, { signal: 7 }, 7] as never[]) {
      assert.equal((await failure(client.signIn(options))).code, 'ERR_DRIVEBELL_INVALID_ARGUMENT')
    }
    await client.close()
    assert.equal((await failure(client.signIn())).code, 'ERR_DRIVEBELL_STATE')
  })
})
