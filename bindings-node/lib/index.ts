/**
 * Know that something changed in a OneDrive or SharePoint drive: Microsoft Graph's Socket.IO
 * notifications.
 *
 * @packageDocumentation
 */
export type { ChangeBatch, Trigger } from './change-batch'
export type { Changes } from './changes'
export type { ChangesOptions } from './changes-options'
export { type CallOptions, Client, type SubscribeOptions } from './client'
export type { ClientOptions } from './client-options'
export { Cloud } from './cloud'
export type { AccessToken, Credential, TokenAnswer, TokenCredential, TokenProvider, TokenRequest } from './credential'
export type { Endpoint } from './endpoint'
export { type DisconnectReason, DrivebellError, type DrivebellErrorCode } from './error'
export type { SetEvent, SubscriptionEvent } from './event'
export type { Handler, SetEvents, SubscriptionEvents } from './handlers'
export type { DriveItem, Hashes, Identity, ListItem, RemoteItem } from './item'
export type { Connected, Disconnected, Ended, Lifecycle, Renewed, Unavailable } from './lifecycle'
export type { Notification, Payload } from './notification'
export type { SetStats, SubscriptionState, SubscriptionStats } from './progress'
export { Resource } from './resource'
export type { Subscription } from './subscription'
export type { SubscriptionSet } from './subscription-set'
