import type { Resource } from '../resource'
import type { Client } from './origin'

/** What every lifecycle event has. */
export interface BaseEvent {
  /** The resource of the subscription. */
  readonly resource: Resource
  /** In the events of {@link Client.subscribeAll}: the client whose user it is about. */
  readonly client: Client | undefined
  /** The `label` of the client that it is about; `undefined` if it has none. */
  readonly label: string | undefined
  /**
   * How many earlier events of the same kind were merged into this one because the consumer was
   * slow; usually 0.
   */
  readonly coalesced: number
}
