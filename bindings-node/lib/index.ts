/**
 * Get notified when something changes in a OneDrive or SharePoint drive, without a public address.
 *
 * @module drivebell
 */

import './runtime/node-version'

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
export { ChangeBatch, type ChangeBatchFields } from './changes/change-batch'
export type { Changes } from './changes/changes'
export { DriveItem, type Hashes, type Identity, ListItem, type RemoteItem } from './changes/item'
export type { Item, ItemCopy, ItemOf, KindOf } from './changes/item-type'
export type { ChangesAllOptions, ChangesOptions } from './changes/options'
export type { ChangesStats } from './changes/stats'
export type { AddOptions, ChangesSet, ChangesSetStats, MemberOptions } from './changes-set/changes-set'
export { MemberBatch, type MemberBatchFields, type MemberEnd } from './changes-set/member-batch'
export { type CallOptions, Client, type CredentialOptions, type SubscribeOptions } from './client/client'
export type { Endpoint } from './client/endpoint'
export type { ClientOptions } from './client/options'
export { DrivebellError, type DrivebellErrorCode, type DrivebellErrorFields } from './error'
export type { SetEvent, SubscriptionEvent } from './event/event'
export type { Handler, SetEvents, SubscriptionEvents } from './event/handlers'
export { type ChangesEvent, Lifecycle, type LifecycleFields } from './event/lifecycle'
export type {
  Connected,
  Disconnected,
  Ended,
  LifecycleKinds,
  PushRefused,
  QueryFailed,
  Renewed,
  SigningIn,
  Unavailable,
} from './event/lifecycle-kinds'
export { Notification, type NotificationFields } from './event/notification'
export type { OfMember, WithClient } from './event/origin'
export { Payload } from './event/payload'
export type { Iteration } from './iteration'
export { Change, type ChangeFields } from './mirror/change'
export type { Mirror } from './mirror/mirror'
export type { MirrorOptions } from './mirror/options'
export type { MirrorStats, TreeStats } from './mirror/stats'
export type { Tree } from './mirror/tree'
export { MemberChange, type MemberChangeFields, type MemberChanges } from './mirror-set/member-change'
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
  type LifecycleKind,
  type NetworkFailure,
  type NotificationKind,
  type PushMode,
  type ResourceKind,
  type StorageCode,
  type SubscriptionState,
  type Trigger,
} from './names'
export { type NotAList, Resource } from './resource'
export type { ChangesRoundMessage, GraphRequestMessage, SessionMessage } from './runtime/records'
export type { SetStats, SubscriptionStats } from './session/stats'
export type { Subscription } from './session/subscription'
export type { SubscriptionSet } from './set/subscription-set'
export { MemoryStore, SqliteStore } from './shared/built-in-stores'
export type { Answer, Checkpoint, CheckpointStore, Ownership, Revision } from './shared/checkpoint-store'
export type { SharedOptions } from './shared/options'
export { SharedBatch, type SharedBatchFields, type SharedRefusal } from './shared/shared-batch'
export type { OwnedDrive, SharedChanges, SharedStats, SharedWorker } from './shared/shared-changes'
