import { inspect } from 'node:util'
import { checkMade, checkString, typeName } from './check'
import { invalidArgument, type Outcome, unwrap } from './error'
import type { ResourceKind } from './names'
import { addon, type NativeResource } from './runtime/addon'

/** The native object of a resource. @internal */
export let nativeOf: (resource: unknown) => NativeResource

/** Of a native call that may have failed. @internal */
export let wrap: <Kind extends ResourceKind>(outcome: Outcome<NativeResource>) => Resource<Kind>

/**
 * A drive or a list to subscribe to, addressed in one of Graph's ways.
 *
 * Prefer {@link Resource.drive} if you know the drive's id. For a SharePoint library,
 * {@link Resource.myDrive} gives an endpoint that never notifies about the library.
 *
 * Pass ids as they are; drivebell percent-encodes them. An empty id, or one that contains `/`, throws
 * a {@link DrivebellError} with the code `ERR_DRIVEBELL_INVALID_ARGUMENT`.
 *
 * The type says what it is: {@link Client.changes} of a `Resource<'drive'>` gives {@link DriveItem}s, of a
 * `Resource<'list'>` {@link ListItem}s, and of a `Resource`, which may be either, both.
 *
 * It is a value: two of the same resource, addressed in the same way, are deeply equal. `String(resource)`
 * can be parsed again.
 */
export class Resource<Kind extends ResourceKind = ResourceKind> {
  /** Whether it is a drive or a list. Its paths say so. */
  readonly kind: Kind
  /** The path of the endpoint request, relative to the API version. */
  readonly subscriptionPath: string
  /** The path of the delta query, relative to the API version; `undefined` if there is none. */
  readonly deltaPath: string | undefined
  readonly #native: NativeResource

  static {
    nativeOf = (resource) => {
      if (typeof resource !== 'object' || resource === null || !(#native in resource)) {
        throw invalidArgument('resource', `must be a Resource, not ${typeName(resource)}`)
      }
      return resource.#native
    }
    wrap = (outcome) => new Resource(unwrap(outcome))
  }

  private constructor(native: NativeResource) {
    checkMade(native instanceof addon.NativeResource, 'Resource.parse, or another of its static methods')
    this.kind = native.kind as Kind
    this.subscriptionPath = native.subscriptionPath
    this.deltaPath = native.deltaPath ?? undefined
    this.#native = native
  }

  /** The signed-in user's own drive: `/me/drive`. */
  static myDrive(): Resource<'drive'> {
    return wrap(addon.NativeResource.myDrive())
  }

  /** A drive by its id: `/drives/{id}`. */
  static drive(id: string): Resource<'drive'> {
    checkString('id', id)
    return wrap(addon.NativeResource.drive(id))
  }

  /** The SharePoint list behind a drive: `/drives/{id}/list`. */
  static driveList(id: string): Resource<'list'> {
    checkString('id', id)
    return wrap(addon.NativeResource.driveList(id))
  }

  /** The default drive of a Microsoft 365 group: `/groups/{id}/drive`. */
  static groupDrive(id: string): Resource<'drive'> {
    checkString('id', id)
    return wrap(addon.NativeResource.groupDrive(id))
  }

  /** The drive of a document library: `/sites/{siteId}/lists/{listId}/drive`. */
  static siteListDrive(siteId: string, listId: string): Resource<'drive'> {
    checkString('siteId', siteId)
    checkString('listId', listId)
    return wrap(addon.NativeResource.siteListDrive(siteId, listId))
  }

  /** Any list of a site, document library or not: `/sites/{siteId}/lists/{listId}`. */
  static siteList(siteId: string, listId: string): Resource<'list'> {
    checkString('siteId', siteId)
    checkString('listId', listId)
    return wrap(addon.NativeResource.siteList(siteId, listId))
  }

  /** The drive of a user, by id or user principal name: `/users/{id}/drive`. */
  static userDrive(id: string): Resource<'drive'> {
    checkString('id', id)
    return wrap(addon.NativeResource.userDrive(id))
  }

  /** The default document library of a site: `/sites/{id}/drive`. */
  static siteDrive(id: string): Resource<'drive'> {
    checkString('id', id)
    return wrap(addon.NativeResource.siteDrive(id))
  }

  /**
   * Any other path, relative to the API version and already percent-encoded.
   *
   * @param path starts with `/`, ends in `/subscriptions/socketIo`, and contains no `?`, `#`, `..`,
   *   `//`, backslash or white space.
   * @param delta the path of the resource's delta query, if it has one; the same rules apply, except
   *   for the ending.
   */
  static path(path: string, delta?: string): Resource {
    checkString('path', path)
    if (delta !== undefined) checkString('delta', delta)
    return wrap(addon.NativeResource.path(path, delta))
  }

  /**
   * The resource of a path as `String(resource)` shows it and the command line takes it: `/me/drive`,
   * `/drives/{id}`, `/sites/{siteId}/lists/{listId}/drive` and so on. Ids may be percent-encoded.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for any other text.
   */
  static parse(text: string): Resource {
    checkString('resource', text)
    return wrap(addon.NativeResource.parse(text))
  }

  /** Whether `other` is the same resource, addressed in the same way. */
  equals(other: unknown): boolean {
    return other instanceof Resource && this.#native.equals(other.#native)
  }

  /** The path of the resource, as in Graph's documentation: `/me/drive/root`. */
  toString(): string {
    return this.#native.name
  }

  /**
   * Like {@link Resource.toString}. For a resource of {@link Resource.path} that has a delta query, its two
   * paths.
   */
  toJSON(): string | { subscriptionPath: string; deltaPath: string | undefined } {
    const { subscriptionPath, deltaPath } = this
    const text = this.toString()
    const parsed = addon.NativeResource.parse(text).value
    return parsed?.equals(this.#native) ? text : { subscriptionPath, deltaPath }
  }

  /** @internal */
  [inspect.custom](): string {
    return `Resource(${this.toString()})`
  }
}

/** Refuses a `Resource<'list'>` where a drive is needed; a `Resource` may be one. */
export type NotAList<Kind extends ResourceKind> = [Kind] extends ['list'] ? never : unknown

/** A resource from itself, from its JSON, or from its structured clone. @internal */
export function resourceOf(value: unknown): Resource {
  if (typeof value === 'string') return Resource.parse(value)
  const { subscriptionPath, deltaPath } = (value ?? {}) as Partial<Resource>
  if (value instanceof Resource || subscriptionPath === undefined) {
    nativeOf(value)
    return value as Resource
  }
  return Resource.path(subscriptionPath, deltaPath)
}
