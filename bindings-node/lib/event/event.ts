import type { DrivebellError } from '../error'
import type { LifecycleKind } from '../names'
import type { NativeError, NativeEvent } from '../runtime/addon'
import { type ChangesEvent, type Lifecycle, toLifecycle } from './lifecycle'
import type { Ended } from './lifecycle-kinds'
import { Notification, type NotificationParts } from './notification'
import type { OfMember, Origin } from './origin'

/** The events of {@link Subscription.events}, distinguished by `type`. */
export type SubscriptionEvent = Notification | Lifecycle

/** The events of {@link SubscriptionSet.events}, distinguished by `type`. */
export type SetEvent = OfMember<SubscriptionEvent | Ended>

/** An event of any source. @internal */
export type AnyEvent = SubscriptionEvent | ChangesEvent

/** An element of the stream of events: an event, the error that ended the session, or the end. @internal */
export type StreamElement =
  | AnyEvent
  | { readonly type: 'error'; readonly error: DrivebellError }
  | { readonly type: 'end' }

/** What the conversion of a native event needs to know of its subscription or set. @internal */
export interface EventContext {
  /** The origin of an event of this member; `undefined` if the set has removed the member since. */
  originOf(member: number | undefined): Origin | undefined
  /** The error that ended the session. Every caller gets the same one. */
  toFailure(error: NativeError): DrivebellError
}

/** Converts a native event whose origin is known, or that needs none. @internal */
export function toStreamElement(native: NativeEvent, context: EventContext): StreamElement {
  const type = native.type as LifecycleKind | 'notification' | 'error' | 'end'
  const origin = () => context.originOf(native.member) as Origin
  switch (type) {
    case 'notification':
      return Notification.of(native.notification as NotificationParts, origin())
    case 'connected':
    case 'disconnected':
    case 'signing_in':
    case 'renewed':
    case 'unavailable':
    case 'query_failed':
    case 'push_refused':
    case 'ended':
      return toLifecycle({ ...native, type }, origin())
    case 'error':
      return { type, error: context.toFailure(native.error as NativeError) }
    case 'end':
      return { type }
  }
}
