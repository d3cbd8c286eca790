/** A file or folder of a simulated drive. */
export interface Item {
  /** The item's id, as in Graph. */
  readonly id: string
  /** Its name, without a path. */
  readonly name: string
  /** From the drive's root: `/folder/file`. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** Whether it is a folder. */
  readonly folder: boolean
}

/** A request that the simulator received. */
export interface SimulatedRequest {
  /** The HTTP method. */
  readonly method: string
  /** With the query, as it was sent. */
  readonly path: string
  /** Names in lower case, and values. They hold the bearer token. */
  readonly headers: Readonly<Record<string, string>>
  /** When it arrived. */
  readonly receivedAt: Date
}

/** A connection that gets notifications. */
export interface Session {
  /** The id of its Socket.IO session. */
  readonly id: string
  /** The id of the drive that it hears of. */
  readonly drive: string
  /** The `id` of its endpoint. */
  readonly subscriptionId: string
  /** When it joined the namespace. */
  readonly joinedAt: Date
  /** When its notification URL expires. */
  readonly expiresAt: Date
}

/** A notification that was sent to a session. */
export interface SentEvent {
  /** From 1. */
  readonly number: number
  /** The id of the drive in which something changed. */
  readonly drive: string
  /** The `id` of the session's endpoint. */
  readonly subscriptionId: string
  /** The id of the session. */
  readonly session: string
  /** When it was sent. */
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
