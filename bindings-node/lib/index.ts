/**
 * Get notified when something changes in a OneDrive or SharePoint drive, without a public address.
 *
 * @packageDocumentation
 */

export type {
  AccessToken,
  Credential,
  MsalToken,
  OAuthError,
  OAuthToken,
  TokenAnswer,
  TokenCredential,
  TokenProvider,
  TokenRequest,
} from './auth/credential'
export { SignInRequired } from './auth/sign-in-required'
export type { ChangeBatch } from './changes/change-batch'
export type { Changes } from './changes/changes'
export type { DriveItem, Hashes, Identity, ListItem, RemoteItem } from './changes/item'
export type { ChangesAllOptions, ChangesOptions } from './changes/options'
export type { ChangesStats } from './changes/stats'
export type { AddOptions, ChangesSet, ChangesSetStats, MemberOptions } from './changes-set/changes-set'
export type { MemberBatch, MemberEnd } from './changes-set/member-batch'
export { type CallOptions, Client, type SubscribeOptions } from './client/client'
export type { Endpoint } from './client/endpoint'
export type { ClientOptions } from './client/options'
export { DrivebellError, type DrivebellErrorCode, type StorageCode } from './error'
export type { SetEvent, SubscriptionEvent } from './event/event'
export type { Handler, SetEvents, SubscriptionEvents } from './event/handlers'
export type {
  ChangesEvent,
  Connected,
  Disconnected,
  Ended,
  Lifecycle,
  PushRefused,
  QueryFailed,
  Renewed,
  SigningIn,
  Unavailable,
} from './event/lifecycle'
export type { Notification, Payload } from './event/notification'
export type { Change } from './mirror/change'
export type { Mirror } from './mirror/mirror'
export type { MirrorOptions } from './mirror/options'
export type { MirrorStats, TreeStats } from './mirror/stats'
export type { Tree } from './mirror/tree'
export type { MemberChange, MemberChanges } from './mirror-set/member-change'
export type { MirrorSet } from './mirror-set/mirror-set'
export {
  type ApiVersion,
  type ChangeKind,
  type ChangesState,
  Cloud,
  type DisconnectReason,
  type ErrorKind,
  type FoundBy,
  type Initial,
  type NotificationKind,
  type PushMode,
  type SubscriptionState,
  type Trigger,
} from './names'
export { Resource } from './resource'
export type { SetStats, SubscriptionStats } from './session/stats'
export type { Subscription } from './session/subscription'
export type { SubscriptionSet } from './set/subscription-set'
