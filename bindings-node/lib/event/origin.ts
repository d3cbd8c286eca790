import type { Client } from '../client/client'
import type { DrivebellError } from '../error'
import type { Resource } from '../resource'
import type { NativeError } from '../runtime/addon'

// The only import that points up the rooms, and it imports a type alone: an event names the client
// whose user it is about, and that client opened the subscription that delivers the event.
export type { Client } from '../client/client'

/** What an event of a member of a set always has. */
export interface WithClient {
  /** The client whose user it is about. */
  readonly client: Client
}

/** An event of a member of a set. */
export type OfMember<Event> = Event extends unknown ? Event & WithClient : never

/** Where an event comes from. @internal */
export interface Origin {
  readonly resource: Resource
  /** Only the events of a set have one. */
  readonly client: Client | undefined
  /** Of the client that opened it. */
  readonly label: string | undefined
  toError(error: NativeError): DrivebellError
}
