import type { NativeError, NativeEvent, NativeNotification } from './addon'
import type { DrivebellError } from './error'
import { type Lifecycle, toLifecycle } from './lifecycle'
import { Notification } from './notification'
import type { Resource } from './resource'

/** What {@link Subscription.events} hands out, told apart by `type`. */
export type SubscriptionEvent = Notification | Lifecycle

/** What a native event is made into, once: an error takes what the credential threw with it. @internal */
export type Occurrence = SubscriptionEvent | { readonly type: 'error'; readonly error: DrivebellError } | End

interface End {
  readonly type: 'end'
}

/** What it takes to make an event. @internal */
export interface EventContext {
  readonly resource: Resource
  toError(error: NativeError): DrivebellError
  /** Of the error that ended the session, which others are told of too. */
  toFailure(error: NativeError): DrivebellError
}

/** @internal */
export function toOccurrence(native: NativeEvent, context: EventContext): Occurrence {
  const { type } = native
  switch (type) {
    case 'notification':
      return new Notification(native.notification as NativeNotification, context.resource)
    case 'connected':
    case 'disconnected':
    case 'renewed':
    case 'unavailable':
      return toLifecycle({ ...native, type }, context.toError)
    case 'error':
      return { type, error: context.toFailure(native.error as NativeError) }
    case 'end':
      return { type }
  }
}
