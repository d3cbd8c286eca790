import { invalidArgument } from '../error'

/**
 * The faults of the simulator, and the fields of each. Its README describes them:
 * <https://github.com/drivebell/drivebell/blob/main/simulator/README.md#actions>. Times are in milliseconds,
 * except for `retryAfter`, which is in seconds, as in HTTP.
 */
export interface FaultFields {
  /** Responds to a request instead of the service. `status` is required. */
  answer: {
    status?: number
    code?: string
    message?: string
    body?: unknown
    retryAfter?: number
    headers?: Record<string, string>
  }
  /** Sends a WebSocket close frame. */
  close: { code?: number; reason?: string }
  /** Ends the TCP stream in order. */
  cut: object
  /** Delays each write of the server. */
  delay: { ms?: number }
  /** Sends Socket.IO's disconnect packet. */
  disconnect: object
  /** Sends Engine.IO's close packet. */
  engineClose: object
  /** Makes notification URLs expire. */
  expire: { ms?: number; then?: 'quiet' | 'drop' | 'goOn'; announced?: boolean }
  /** Sends a WebSocket frame. */
  frame: { opcode?: number; fin?: boolean; text?: string; hex?: string; size?: number }
  /** Holds bytes back until the fault is released. */
  hold: { direction?: 'toClient' | 'toServer' | 'both' }
  /** Never responds to the join of the notification namespace. */
  ignoreJoin: object
  /** Sends raw bytes. */
  inject: { hex?: string }
  /** Deletes an item and makes it again before the response. */
  recreate: { path?: string }
  /** Refuses the join of the notification namespace. */
  refuseNamespace: { body?: unknown }
  /** Resets the TCP connection. */
  reset: object
  /** Sends the event `server_disconnect`. */
  serverDisconnect: { code?: unknown; message?: string; retryAfter?: unknown }
  /** Loses everything that the server sends. */
  silence: object
  /** Splits the server's bytes into segments. */
  split: { bytes?: number }
  /** Sends a text frame. */
  text: { text?: string }
}

/** The name of a fault. */
export type FaultAction = keyof FaultFields

/** Which connections a fault acts on. */
export type FaultTarget = 'all' | 'graph' | 'endpoint' | 'delta' | 'socket' | 'identity' | 'devicecode' | 'token'

/** On what a fault acts, when, and how often. */
export interface FaultSelection {
  /** Which connections. Default: `all`. */
  on?: FaultTarget
  /** Only the drive with this id. */
  drive?: string
  /** Existing connections, later requests, or both. Default: `always`, which is both. */
  when?: 'always' | 'now' | 'next'
  /** How many matches it leaves alone first. */
  skip?: number
  /** How many matches it acts on. Default: all, until it is released. */
  times?: number
  /** The share of matches that it acts on, by chance. */
  share?: number
  /** The stage that a connection must have reached. */
  after?: 'request' | 'upgrade' | 'open' | 'join'
  /** How many bytes the server must have written since that stage. */
  afterBytes?: number
  /** Releases the fault after this time, in milliseconds. */
  forMs?: number
}

const ACTIONS: Record<FaultAction, true> = {
  answer: true,
  close: true,
  cut: true,
  delay: true,
  disconnect: true,
  engineClose: true,
  expire: true,
  frame: true,
  hold: true,
  ignoreJoin: true,
  inject: true,
  recreate: true,
  refuseNamespace: true,
  reset: true,
  serverDisconnect: true,
  silence: true,
  split: true,
  text: true,
}

const SELECTION: Record<keyof FaultSelection, true> = {
  on: true,
  drive: true,
  when: true,
  skip: true,
  times: true,
  share: true,
  after: true,
  afterBytes: true,
  forMs: true,
}

/** A fault that was set. `await using` releases it at the end of its block. */
export class Fault {
  /** Its number in the simulator. */
  readonly id: number
  /** On how many connections, requests or URLs it has acted when it was set. */
  readonly acted: number
  readonly #release: () => Promise<void>

  /** @internal */
  constructor(id: number, acted: number, release: () => Promise<void>) {
    this.id = id
    this.acted = acted
    this.#release = release
  }

  /** Ends the fault. What it held back is delivered. */
  release(): Promise<void> {
    return this.#release()
  }

  /** Releases it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}

/** A fault as the simulator reads it. @internal */
export function faultBody(action: string, given: object): object {
  if (!Object.hasOwn(ACTIONS, action)) {
    throw invalidArgument('action', `'${action}' is none of ${Object.keys(ACTIONS).join(', ')}`)
  }
  const entries = Object.entries(given).filter(([, value]) => value !== undefined)
  const selects = ([name]: [string, unknown]) => Object.hasOwn(SELECTION, name)
  const fields = Object.fromEntries(entries.filter((entry) => !selects(entry)))
  const selection = Object.fromEntries(entries.filter(selects))
  return { action: Object.keys(fields).length > 0 ? { [action]: fields } : action, ...selection }
}
