import type { DisconnectReason, ErrorKind, NetworkFailure, Trigger } from '../names'

/** What every message of our `node:diagnostics_channel`s has. */
interface DiagnosticsMessage {
  /** How much it matters. */
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  /** What happened, for people. */
  readonly message: string
  /** When, in milliseconds since 1970. */
  readonly time: number
  /** The `label` of the client. */
  readonly label?: string
  /** How many messages before this one were lost, because the thread was busy. */
  readonly dropped?: number
  /** Why it failed. */
  readonly error?: string
  /** The kind of that error. */
  readonly errorKind?: ErrorKind
  /** The page about it: what one sees, why it happens, and what to do. */
  readonly helpUrl?: string
}

/** What happens to a session: a message of the channel `drivebell:session`. */
export interface SessionMessage extends DiagnosticsMessage {
  /**
   * - `started`: the first attempt begins.
   * - `connected`, `disconnected`, `signing_in`, `renewed`, `unavailable`: as the event of that type.
   * - `closed`: the program has closed it.
   * - `ended`: it has failed for good.
   */
  readonly event:
    | 'started'
    | 'connected'
    | 'disconnected'
    | 'signing_in'
    | 'renewed'
    | 'unavailable'
    | 'closed'
    | 'ended'
  /** The path of the resource. */
  readonly resource: string
  /** Why the connection ended, or why there was none. */
  readonly reason?: DisconnectReason | NetworkFailure
  /** The time until the next attempt, in milliseconds. */
  readonly retryIn?: number
  /** The HTTP status of Graph's response, if it refused. */
  readonly status?: number
}

/** A request to Graph that was answered, or failed: a message of the channel `drivebell:graph:request`. */
export interface GraphRequestMessage extends DiagnosticsMessage {
  readonly method: 'GET'
  /** Without the query, which may contain tokens. */
  readonly path: string
  readonly host: string
  /** How long it took until the end of the body, in milliseconds. */
  readonly duration: number
  /** The `client-request-id` that was sent. */
  readonly clientRequestId: string
  /** The HTTP status of the response, if there was one. */
  readonly status?: number
  /** Graph's `request-id`. */
  readonly requestId?: string
  /** The length of the body of a success. */
  readonly bytes?: number
  /** The pause that Graph requests when it throttles, in milliseconds. */
  readonly retryAfter?: number
  /** Why there was no response. */
  readonly reason?: NetworkFailure
}

/** A delta query that is complete, or failed for good: a message of the channel `drivebell:changes:round`. */
export interface ChangesRoundMessage extends DiagnosticsMessage {
  /** The path of the resource. */
  readonly resource: string
  /** What caused it. */
  readonly trigger: Trigger
  /** How many pages it had. */
  readonly pages: number
  /** How many items it handed out. */
  readonly items: number
  /** How long it took without the time that the consumer took, in milliseconds. */
  readonly duration: number
}
