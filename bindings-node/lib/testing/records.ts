/** A file or folder of a simulated drive. */
export interface Item {
  readonly id: string
  readonly name: string
  /** From the drive's root: `/folder/file`. */
  readonly path: string
  readonly size: number
  readonly folder: boolean
}

/** A request that the simulator received. */
export interface SimulatedRequest {
  readonly method: string
  /** With the query, as it was sent. */
  readonly path: string
  /** Names in lower case, and values. They hold the bearer token. */
  readonly headers: Readonly<Record<string, string>>
  readonly receivedAt: Date
}

/** A connection that gets notifications. */
export interface Session {
  readonly id: string
  readonly drive: string
  readonly subscriptionId: string
  readonly joinedAt: Date
  /** When its notification URL expires. */
  readonly expiresAt: Date
}

/** A notification that was sent to a session. */
export interface SentEvent {
  /** From 1. */
  readonly number: number
  readonly drive: string
  readonly subscriptionId: string
  /** The id of the session. */
  readonly session: string
  readonly sentAt: Date
}

/** @internal */
export interface RawRequest {
  method: string
  path: string
  headers: [name: string, value: string][]
  receivedAtMicros: number
}

/** @internal */
export interface RawSession {
  socket: string
  drive: string
  subscriptionId: string
  joinedAtMicros: number
  expiresAtMicros: number
}

/** @internal */
export interface RawEvent {
  sequence: number
  drive: string
  subscriptionId: string
  socket: string
  emittedAtMicros: number
}

const time = (micros: number) => new Date(micros / 1000)

/** @internal */
export function requestOf({ method, path, headers, receivedAtMicros }: RawRequest): SimulatedRequest {
  return { method, path, headers: Object.fromEntries(headers), receivedAt: time(receivedAtMicros) }
}

/** @internal */
export function sessionOf(raw: RawSession): Session {
  const { socket: id, drive, subscriptionId } = raw
  return { id, drive, subscriptionId, joinedAt: time(raw.joinedAtMicros), expiresAt: time(raw.expiresAtMicros) }
}

/** @internal */
export function eventOf(raw: RawEvent): SentEvent {
  const { sequence: number, drive, subscriptionId, socket: session } = raw
  return { number, drive, subscriptionId, session, sentAt: time(raw.emittedAtMicros) }
}
