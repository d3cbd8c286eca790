import { typeName } from '../check'
import type { Client } from '../client/client'
import { type DrivebellError, invalidArgument } from '../error'
import type { NativeClient, NativeError } from '../runtime/addon'
import type { SubscriptionSet } from './subscription-set'

/** What a set needs of the client of a member. @internal */
export interface ClientSide {
  readonly native: NativeClient
  toError(error: NativeError): DrivebellError
  refuseIfClosed(): void
  /** The set has members of this client from now on. */
  join(set: SubscriptionSet): void
}

const sides = new WeakMap<object, ClientSide>()

/** @internal */
export function register(client: Client, side: ClientSide): void {
  sides.set(client, side)
}

/** @internal */
export function sideOf(client: unknown): ClientSide {
  const side = typeof client === 'object' && client !== null ? sides.get(client) : undefined
  if (!side) throw invalidArgument('client', `must be a Client, and is ${typeName(client)}`)
  return side
}
