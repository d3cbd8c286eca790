import { typeName } from '../check'
import { type DrivebellError, invalidArgument } from '../error'
import type { Client } from '../event/origin'
import type { NativeClient, NativeError } from '../runtime/addon'

/** What a set needs of the client of a member. @internal */
export interface MemberClient {
  readonly native: NativeClient
  toError(error: NativeError): DrivebellError
  /** Whether the client was closed, which removes its members. */
  isClosed(): boolean
}

const memberClients = new WeakMap<object, MemberClient>()

/** Every client registers itself, so that a set need not import its class. @internal */
export function registerMemberClient(client: Client, member: MemberClient): void {
  memberClients.set(client, member)
}

/** @internal */
export function memberClientOf(client: unknown): MemberClient {
  const member = typeof client === 'object' && client !== null ? memberClients.get(client) : undefined
  if (!member) throw invalidArgument('client', `must be a Client, not ${typeName(client)}`)
  return member
}
