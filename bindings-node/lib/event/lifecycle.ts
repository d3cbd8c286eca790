import { checkCount, checkFields, checkName, checkObject, checkString, typeName } from '../check'
import { DrivebellError, type DrivebellErrorFields, invalidArgument } from '../error'
import { type LifecycleKind, NAMES } from '../names'
import { type Resource, resourceOf } from '../resource'
import type { NativeError, NativeEvent } from '../runtime/addon'
import type { BaseEvent } from './base-event'
import {
  type Connected,
  type Disconnected,
  type Ended,
  LIFECYCLE_FIELDS,
  type LifecycleKinds,
  type PushRefused,
  type QueryFailed,
  type Renewed,
  type SigningIn,
  type Unavailable,
} from './lifecycle-kinds'
import type { Client, Origin } from './origin'

/** What happens to the session of a subscription. `kind` distinguishes the events, and so does `type`. */
export type Lifecycle = Connected | Disconnected | SigningIn | Renewed | Unavailable

/** What a stream of changes goes through: the events of {@link Changes.events}, distinguished by `kind`. */
export type ChangesEvent = Lifecycle | QueryFailed | PushRefused | Ended

/** The fields that {@link Lifecycle.from} has a value for. */
type Defaulted = 'message' | 'helpUrl' | 'retryAfter' | 'retryIn'

/** The fields that only this kind has. */
type OwnFields<Event> = Omit<Event, keyof BaseEvent | 'type' | 'kind' | 'error'>

/** The fields of an event of one kind. */
type FieldsOf<Event> = Event extends { kind: infer Kind }
  ? {
      /** What happened. */
      kind: Kind
      /** The same. */
      type?: Kind | undefined
      /** The resource, or its path. */
      resource: Resource | string
      /** The client whose user it is about, for the events of a set. */
      client?: Client | undefined
      /** The `label` of that client. */
      label?: string | undefined
      /** Default: 0. */
      coalesced?: number | undefined
    } & Omit<OwnFields<Event>, Defaulted> &
      Partial<Pick<OwnFields<Event>, Defaulted & keyof OwnFields<Event>>> &
      (Event extends { error: unknown }
        ? {
            /** Why it failed or ended. */
            error: DrivebellError | DrivebellErrorFields
          }
        : unknown)
  : never

/**
 * The fields of a lifecycle event that is made by hand: those of its kind. `message`, `helpUrl`,
 * `retryAfter` and `retryIn` may be left out.
 */
export type LifecycleFields = FieldsOf<LifecycleKinds[LifecycleKind]>

/** Makes lifecycle events. */
export const Lifecycle: {
  /**
   * Makes a lifecycle event by hand, for tests of what handles it. It also takes an event that came back
   * from JSON.
   *
   * ```ts
   * Lifecycle.from({ kind: 'disconnected', resource: '/me/drive', reason: 'connection_reset' })
   * ```
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a bad field, which `argument` names.
   */
  from<Fields extends LifecycleFields>(fields: Fields): LifecycleKinds[Fields['kind']]
} = {
  from: (fields) => fromFields(fields) as LifecycleKinds[(typeof fields)['kind']],
}

function fromFields(given: unknown): ChangesEvent {
  checkObject('fields', given)
  const { kind } = given
  checkName('kind', kind, NAMES.LifecycleKind)
  const own: readonly string[] = LIFECYCLE_FIELDS[kind]
  checkFields(given, ['type', 'kind', 'resource', 'client', 'label', 'coalesced', ...own])
  const { type = kind, client, label, coalesced = 0, error } = given
  checkName('type', type, [kind])
  const resource = resourceOf(given.resource)
  if (client !== undefined) checkObject('client', client)
  if (label !== undefined) checkString('label', label)
  checkCount('coalesced', coalesced)
  const values: Record<string, unknown> = {
    message: given.reason,
    helpUrl: undefined,
    retryAfter: undefined,
    retryIn: 0,
    ...given,
  }
  for (const field of own) {
    if (field === 'reason') checkName(field, values.reason, NAMES.DisconnectReason)
    if (field === 'message' || (field === 'helpUrl' && values.helpUrl !== undefined)) checkString(field, values[field])
    if (field === 'retryIn' || (field === 'retryAfter' && values.retryAfter !== undefined)) {
      checkDuration(field, values[field])
    }
    if (field === 'error') values.error = errorOf(error)
  }
  return event(kind, values, { resource, client: client as Client | undefined, label, coalesced })
}

function checkDuration(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0)) {
    const given = typeof value === 'number' ? value : typeName(value)
    throw invalidArgument(name, `must be a number of milliseconds from 0, not ${given}`)
  }
}

function errorOf(value: unknown): DrivebellError {
  checkObject('error', value)
  return value instanceof DrivebellError ? value : DrivebellError.from(value as unknown as DrivebellErrorFields)
}

/** @internal */
export function toLifecycle(
  native: NativeEvent & { type: LifecycleKind },
  { resource, client, label, toError }: Origin,
): ChangesEvent {
  const { type, coalesced, disconnected, error, retryIn = 0 } = native
  const values = { ...disconnected, retryIn, error: error && toError(error as NativeError) }
  return event(type, values, { resource, client, label, coalesced })
}

function event(kind: LifecycleKind, values: Record<string, unknown>, common: BaseEvent): ChangesEvent {
  const own = Object.fromEntries(LIFECYCLE_FIELDS[kind].map((field) => [field, values[field]]))
  return { type: kind, kind, ...own, ...common } as unknown as ChangesEvent
}
