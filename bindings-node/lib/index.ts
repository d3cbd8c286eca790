/**
 * Know that something changed in a OneDrive or SharePoint drive: Microsoft Graph's Socket.IO
 * notifications.
 *
 * @packageDocumentation
 */
export { type CallOptions, Client } from './client'
export type { ClientOptions } from './client-options'
export { Cloud } from './cloud'
export type { Credential, TokenCredential, TokenProvider, TokenRequest } from './credential'
export type { Endpoint } from './endpoint'
export { type DisconnectReason, DrivebellError, type DrivebellErrorCode } from './error'
export type { Handler, SubscriptionEvents } from './handlers'
export type { Connected, Disconnected, Notification, Payload, SubscriptionEvent } from './notification'
export { Resource } from './resource'
export type { Subscription } from './subscription'
