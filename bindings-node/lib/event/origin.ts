import type { Client } from '../client/client'
import type { DrivebellError } from '../error'
import type { Resource } from '../resource'
import type { NativeError } from '../runtime/addon'

// The only import that points up the rooms, and it imports a type alone: an event names the client
// whose user it is about, and that client opened the subscription that delivers the event.
export type { Client } from '../client/client'

/** Where an event comes from. @internal */
export interface Origin {
  readonly resource: Resource
  /** Only the events of a set have one. */
  readonly client: Client | undefined
  toError(error: NativeError): DrivebellError
}
