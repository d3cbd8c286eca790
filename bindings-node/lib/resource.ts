import { inspect } from 'node:util'
import { checkString, typeName } from './check'
import { invalidArgument, type Outcome, unwrap } from './error'
import { addon, type NativeResource } from './runtime/addon'

/** The native object of a resource. @internal */
export let nativeOf: (resource: unknown) => NativeResource

let wrap: (outcome: Outcome<NativeResource>) => Resource

/**
 * A drive or a list to subscribe to, addressed in one of Graph's ways.
 *
 * Prefer {@link Resource.drive} if you know the drive's id. For a SharePoint library,
 * {@link Resource.myDrive} gives an endpoint that never notifies about the library.
 *
 * Pass ids as they are; drivebell percent-encodes them. An empty id, or one that contains `/`, throws
 * a {@link DrivebellError} with the code `ERR_DRIVEBELL_INVALID_ARGUMENT`.
 */
export class Resource {
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
    this.#native = native
  }

  /** The signed-in user's own drive: `/me/drive`. */
  static myDrive(): Resource {
    return wrap(addon.NativeResource.myDrive())
  }

  /** A drive by its id: `/drives/{id}`. */
  static drive(id: string): Resource {
    checkString('id', id)
    return wrap(addon.NativeResource.drive(id))
  }

  /** The SharePoint list behind a drive: `/drives/{id}/list`. */
  static driveList(id: string): Resource {
    checkString('id', id)
    return wrap(addon.NativeResource.driveList(id))
  }

  /** The default drive of a Microsoft 365 group: `/groups/{id}/drive`. */
  static groupDrive(id: string): Resource {
    checkString('id', id)
    return wrap(addon.NativeResource.groupDrive(id))
  }

  /** The drive of a document library: `/sites/{siteId}/lists/{listId}/drive`. */
  static siteListDrive(siteId: string, listId: string): Resource {
    checkString('siteId', siteId)
    checkString('listId', listId)
    return wrap(addon.NativeResource.siteListDrive(siteId, listId))
  }

  /** Any list of a site, document library or not: `/sites/{siteId}/lists/{listId}`. */
  static siteList(siteId: string, listId: string): Resource {
    checkString('siteId', siteId)
    checkString('listId', listId)
    return wrap(addon.NativeResource.siteList(siteId, listId))
  }

  /** The drive of a user, by id or user principal name: `/users/{id}/drive`. */
  static userDrive(id: string): Resource {
    checkString('id', id)
    return wrap(addon.NativeResource.userDrive(id))
  }

  /** The default document library of a site: `/sites/{id}/drive`. */
  static siteDrive(id: string): Resource {
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

  /** The path of the endpoint request, relative to the API version. */
  get subscriptionPath(): string {
    return this.#native.subscriptionPath
  }

  /** The path of the delta query, relative to the API version; `undefined` if there is none. */
  get deltaPath(): string | undefined {
    return this.#native.deltaPath ?? undefined
  }

  /** Whether `other` is the same resource, addressed in the same way. */
  equals(other: unknown): boolean {
    return other instanceof Resource && this.#native.equals(other.#native)
  }

  /** The path of the resource, as in Graph's documentation: `/me/drive/root`. */
  toString(): string {
    return this.#native.name
  }

  /** Like {@link Resource.toString}. */
  toJSON(): string {
    return this.toString()
  }

  /** @internal */
  [inspect.custom](): string {
    return `Resource(${this.toString()})`
  }
}
