import type { Client } from '../client/client'
import type { DrivebellError } from '../error'
import type { Resource } from '../resource'
import type { NativeError, NativeNotification } from '../runtime/addon'
import { type Ended, type Lifecycle, toLifecycle } from './lifecycle'
import { Notification } from './notification'
import { type Fetched, PackedNotification } from './packed-notification'

/** What {@link Subscription.events} hands out, told apart by `type`. */
export type SubscriptionEvent = Notification | Lifecycle

/** What {@link SubscriptionSet.events} hands out, told apart by `type`. */
export type SetEvent = SubscriptionEvent | Ended

/** What a native event is made into, once: an error takes what the credential threw with it. @internal */
export type Occurrence = SetEvent | { readonly type: 'error'; readonly error: DrivebellError } | End

interface End {
  readonly type: 'end'
}

/** Where an event comes from. @internal */
export interface Origin {
  readonly resource: Resource
  readonly client: Client | undefined
  toError(error: NativeError): DrivebellError
}

/** What it takes to make an event. @internal */
export interface EventContext {
  originOf(fetched: Fetched): Origin
  /** Of the error that ended the session, which others are told of too. */
  toFailure(error: NativeError): DrivebellError
}

/** @internal */
export function toNotification(packed: PackedNotification, context: EventContext): Notification {
  return new Notification(packed.unpacked(), context.originOf(packed))
}

/** @internal */
export function toOccurrence(native: Fetched, context: EventContext): Occurrence {
  if (native instanceof PackedNotification) return toNotification(native, context)
  const { type } = native
  switch (type) {
    case 'notification':
      return new Notification(native.notification as NativeNotification, context.originOf(native))
    case 'connected':
    case 'disconnected':
    case 'renewed':
    case 'unavailable':
    case 'ended':
      return toLifecycle({ ...native, type }, context.originOf(native))
    case 'error':
      return { type, error: context.toFailure(native.error as NativeError) }
    case 'end':
      return { type }
  }
}
