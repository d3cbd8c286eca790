import type { OAuthError, OAuthToken } from '../auth/credential'
import { Client } from '../client/client'
import type { ClientOptions } from '../client/options'
import { DrivebellError, invalidArgument } from '../error'
import { setTimeout } from '../runtime/timers'
import { type ControlOptions, control, parsed, send } from './control'
import { Fault, type FaultAction, type FaultFields, type FaultSelection, faultBody } from './fault'
import { SimulatorProcess } from './process'
import {
  eventOf,
  type Item,
  type RawEvent,
  type RawRequest,
  type RawSession,
  requestOf,
  type SentEvent,
  type Session,
  type SimulatedRequest,
  sessionOf,
} from './records'
import { SimulatorError } from './simulator-error'

/** The id of the drive behind `/me/drive`. */
const MY_DRIVE = 'b!me'
/** The user to whom it belongs. */
const USER = 'alex@contoso.com'
const DEFAULT_TOKEN = 'token-of-the-simulator'
/** How long waiting takes at most, unless a call says otherwise. Milliseconds. */
const DEADLINE = 10_000
/** Milliseconds between two looks. */
const PAUSE = 5
/** Options of the client: tests wait for no attempt longer than they must. */
const HURRIED: Partial<ClientOptions> = { retryMin: 10, retryMax: 100, firstRefusalTimeout: 0 }

/** What a simulator starts with. */
export interface SimulatorOptions {
  /**
   * Options of its command line, for example `['--lifetime', '2']`; `npx drivebell-simulator --help` lists
   * them.
   */
  options?: readonly string[]
  /** An access token that it accepts and that never expires. */
  token?: string
  /** How long starting may take, in milliseconds. Default: 10 000. It takes a few hundredths of a second. */
  startTimeout?: number
}

/** In which drive. */
interface InDrive {
  /** The drive's id. Default: `b!me`, the drive behind `/me/drive`. */
  drive?: string
}

/** How long to wait. */
interface Within {
  /** In milliseconds. Default: 10 000. */
  timeout?: number
}

/**
 * Starts a simulator of Microsoft's service in its own process, on a free port of 127.0.0.1. It never outlives
 * this process.
 *
 * Throws a {@link SimulatorError} if it is not installed, or does not start within `startTimeout`. The error has
 * what it wrote to stderr.
 */
export function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return Simulator.start(options)
}

/**
 * A simulator of Microsoft's service in its own process. No fault affects the calls of this class.
 *
 * Microsoft does not document what happens to connections whose notification URL expires; here they are cut off,
 * unless the options have `--at-expiry`.
 */
export class Simulator {
  /** The `baseUrl` of clients: `http://127.0.0.1:PORT`. */
  readonly baseUrl: string
  /** An access token that every request is accepted with. It never expires. */
  readonly token: string
  readonly #process: SimulatorProcess
  #closed = false

  private constructor(process: SimulatorProcess, token: string) {
    this.#process = process
    this.baseUrl = process.baseUrl
    this.token = token
  }

  /** The same as {@link startSimulator}. */
  static async start({
    options = [],
    token = DEFAULT_TOKEN,
    startTimeout = DEADLINE,
  }: SimulatorOptions = {}): Promise<Simulator> {
    if (!Array.isArray(options)) throw invalidArgument('options', 'must be an array, as of a command line')
    if (!token) throw invalidArgument('token', 'is empty')
    const expires = options.some((option) => `${option}`.startsWith('--at-expiry'))
    const all = ['--token', token, ...options, ...(expires ? [] : ['--at-expiry', 'drop'])]
    return new Simulator(await SimulatorProcess.start(all, startTimeout), token)
  }

  /** Ends the process. May be called more than once. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#process.kill()
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * A new client of this simulator, with {@link credential}, whose tokens expire. Its waits between attempts are
   * short, so that tests are fast.
   */
  client(options: Partial<ClientOptions> = {}): Client {
    return new Client({ credential: this.credential, baseUrl: this.baseUrl, ...HURRIED, ...options })
  }

  /**
   * Signs the user of `/me/drive` in, and returns an access token for an hour, or the identity service's refusal: a
   * credential of clients. After {@link advance} the token is refused, and the client asks for another one.
   */
  readonly credential = async (): Promise<OAuthToken | OAuthError> => {
    const form = new URLSearchParams({
      client_id: 'drivebell.testing',
      grant_type: 'password',
      username: USER,
      password: 'any',
      scope: 'https://graph.microsoft.com/.default',
    })
    const { status, text } = await send(this.baseUrl, 'POST', '/common/oauth2/v2.0/token', {
      body: form.toString(),
      contentType: 'application/x-www-form-urlencoded',
    })
    const answer = parsed(text) as OAuthToken | OAuthError
    if ('access_token' in answer || 'error' in answer) return answer
    throw new SimulatorError(`the identity service responded with HTTP ${status}`, { status })
  }

  /** Creates or replaces a file, and creates the folders above it. */
  upload(path: string, content: string | Uint8Array = '', { drive = MY_DRIVE }: InDrive = {}): Promise<Item> {
    return this.#call('PUT', 'files', { query: { drive, path }, body: content })
  }

  /** Creates a folder, and the folders above it. */
  createFolder(path: string, { drive = MY_DRIVE }: InDrive = {}): Promise<Item> {
    return this.#call('POST', 'folders', { query: { drive, path } })
  }

  /** Renames or moves an item, or both: `to` is its whole new path. */
  move(path: string, to: string, { drive = MY_DRIVE }: InDrive = {}): Promise<Item> {
    return this.#call('PATCH', 'items', { query: { drive, path, to } })
  }

  /** Gives an item another name, in the same folder. */
  async rename(path: string, name: string, options: InDrive = {}): Promise<Item> {
    if (!name || name.includes('/')) throw invalidArgument('name', `'${name}' is not the name of an item: use move()`)
    const folder = path.replace(/\/?[^/]*\/?$/, '')
    return this.move(path, `${folder}/${name}`, options)
  }

  /** Deletes an item; a folder with everything below it. Returns what it was. */
  delete(path: string, { drive = MY_DRIVE }: InDrive = {}): Promise<Item> {
    return this.#call('DELETE', 'items', { query: { drive, path } })
  }

  /** What is in a folder, by name. */
  children(path = '/', { drive = MY_DRIVE }: InDrive = {}): Promise<Item[]> {
    return this.#call('GET', 'children', { query: { drive, path } })
  }

  /** Sends notifications to the sessions of a drive in which nothing changes. */
  async notify(count = 1, { drive = MY_DRIVE }: InDrive = {}): Promise<void> {
    await this.#call('POST', 'notify', { query: { drive, count } })
  }

  /**
   * Makes the service fail until the fault is released, for example
   * `fault('answer', { status: 503, on: 'graph', times: 2 })`.
   *
   * Throws `ERR_DRIVEBELL_INVALID_ARGUMENT` for an unknown name or a bad value.
   */
  async fault<A extends FaultAction>(action: A, fields: FaultFields[A] & FaultSelection = {}): Promise<Fault> {
    const body = JSON.stringify(faultBody(action, fields))
    const { id, acted } = await this.#call<{ id: number; acted: number }>('POST', 'faults', { body })
    return new Fault(id, acted, () => this.#release(id))
  }

  async #release(id: number): Promise<void> {
    try {
      await this.#call('DELETE', `faults/${id}`)
    } catch (error) {
      const released = error instanceof SimulatorError && error.status === 404
      if (!released && !this.#closed) throw error
    }
  }

  /** Ends all faults. What they held back is delivered. */
  async releaseFaults(): Promise<void> {
    await this.#call('DELETE', 'faults')
  }

  /**
   * Makes the notification URLs that were issued so far expire now, without a word of it in advance. `then` says what
   * happens to their connections: they are cut off, get nothing any more, or go on. Returns how many there were.
   */
  async expireEndpoints(then: 'drop' | 'quiet' | 'goOn' = 'drop', { drive }: { drive?: string } = {}): Promise<number> {
    const selection: FaultSelection = drive === undefined ? {} : { drive }
    const fault = await this.fault('expire', { ms: 0, then, announced: false, when: 'now', ...selection })
    return fault.acted
  }

  /**
   * Moves time, in milliseconds, for everything that was issued: notification URLs, access tokens, device codes and
   * delta tokens expire that much sooner. What is issued afterwards has its usual lifetime.
   *
   * Clients keep their own time: what they do by it, such as a renewal before the expiry, comes no sooner. To test
   * renewals, start the simulator with the options `['--lifetime', '2']`.
   */
  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) {
      throw invalidArgument('milliseconds', 'time moves forward only, by a finite time')
    }
    await this.#call('POST', 'advance', { query: { seconds: milliseconds / 1000 } })
  }

  /** The connections that get notifications, the first one first. */
  async sessions(): Promise<Session[]> {
    return (await this.#call<RawSession[]>('GET', 'sessions')).map(sessionOf)
  }

  /** How many there are. */
  connected(): Promise<number> {
    return this.#call('GET', 'connected')
  }

  /** The last 1000 requests of clients whose path contains `path`, the first one first. */
  async requests(path = ''): Promise<SimulatedRequest[]> {
    const requests = await this.#call<RawRequest[]>('GET', 'requests')
    return requests.filter((request) => request.path.includes(path)).map(requestOf)
  }

  /** The last 10,000 notifications that were sent, the first one first. */
  async events(): Promise<SentEvent[]> {
    return (await this.#call<RawEvent[]>('GET', 'events')).map(eventOf)
  }

  /** Waits until that many sessions are connected, or more. Throws `ERR_DRIVEBELL_TIMEOUT` if it takes too long. */
  async waitConnected(count = 1, within: Within = {}): Promise<void> {
    const now = await this.#wait(
      () => this.connected(),
      (connected) => connected >= count,
      within,
    )
    if (now < count) throw late(within, `${now} sessions are connected instead of ${count}`)
  }

  /** Waits until no session is connected. Throws `ERR_DRIVEBELL_TIMEOUT` if it takes too long. */
  async waitDisconnected(within: Within = {}): Promise<void> {
    const now = await this.#wait(
      () => this.connected(),
      (connected) => connected === 0,
      within,
    )
    if (now > 0) throw late(within, `${now} sessions are still connected`)
  }

  /**
   * Waits until that many requests whose path contains `path` have arrived, and returns them. Throws
   * `ERR_DRIVEBELL_TIMEOUT` if it takes too long.
   */
  async waitRequest(path = '', count = 1, within: Within = {}): Promise<SimulatedRequest[]> {
    const found = await this.#wait(
      () => this.requests(path),
      (requests) => requests.length >= count,
      within,
    )
    if (found.length < count) throw late(within, `${found.length} of ${count} requests with '${path}' have arrived`)
    return found
  }

  /** Looks until the condition is met, or it is too late. Returns what it saw last. */
  async #wait<T>(look: () => Promise<T>, isMet: (seen: T) => boolean, { timeout = DEADLINE }: Within): Promise<T> {
    if (!(timeout >= 0 && timeout < Number.POSITIVE_INFINITY)) {
      throw invalidArgument('timeout', 'must be a number of milliseconds from 0 on')
    }
    // Counted, because a test may have replaced the clock.
    for (let looks = Math.ceil(timeout / PAUSE); ; looks--) {
      const seen = await look()
      if (isMet(seen) || looks <= 0) return seen
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
  }

  async #call<T>(method: string, route: string, options?: ControlOptions): Promise<T> {
    if (this.#closed) throw new SimulatorError('the simulator is closed')
    return (await control(this.baseUrl, method, route, options)) as T
  }
}

function late({ timeout = DEADLINE }: Within, problem: string): DrivebellError {
  return new DrivebellError({ kind: 'timeout', message: `${problem}, ${timeout} ms later`, retryable: true })
}
