import { type Credential, checkCredential } from '../auth/credential'
import { ThrownValues } from '../auth/thrown-values'
import { type NativeCredential, nativeCredential } from '../auth/token-call'
import { Changes } from '../changes/changes'
import type { ItemOf } from '../changes/item-type'
import type { ChangesAllOptions, ChangesOptions } from '../changes/options'
import { ChangesSet } from '../changes-set/changes-set'
import {
  checkBoolean,
  checkList,
  checkObject,
  checkOptions,
  checkSignal,
  checkSince,
  checkString,
  pathOf,
} from '../check'
import { type DrivebellError, fromNative, invalidArgument, type Outcome, unwrap } from '../error'
import { Mirror } from '../mirror/mirror'
import type { MirrorOptions } from '../mirror/options'
import { MirrorSet } from '../mirror-set/mirror-set'
import type { ResourceKind } from '../names'
import type { Handle, Owner } from '../owner'
import { type NotAList, nativeOf, type Resource, wrap } from '../resource'
import { onAbort } from '../runtime/abort'
import {
  addon,
  type NativeClient,
  type NativeEndpoint,
  type NativeError,
  type NativeOperation,
  type NativeResource,
  type NativeSubscription,
} from '../runtime/addon'
import { noteSubscribers } from '../runtime/diagnostics'
import { run } from '../runtime/operation'
import { Subscription } from '../session/subscription'
import { registerMemberClient } from '../set/member-client'
import { SubscriptionSet } from '../set/subscription-set'
import type { CheckpointStore } from '../shared/checkpoint-store'
import type { SharedOptions } from '../shared/options'
import { SharedChanges } from '../shared/shared-changes'
import { nativeStoreOf } from '../shared/store'
import { Endpoint } from './endpoint'
import type { ClientOptions } from './options'

/** The options of a call. */
export interface CallOptions {
  /**
   * Cancels the call when it aborts: the call then rejects with the signal's `reason`. If it aborts
   * after the call has returned a subscription, it closes the subscription.
   */
  signal?: AbortSignal | undefined
}

/** The options of {@link Client.withCredential}. */
export interface CredentialOptions {
  /** The name of the new client, instead of that of this one: see the option `label` of a client. */
  label?: string | undefined
}

/** The options of {@link Client.subscribe}. */
export interface SubscribeOptions extends CallOptions {
  /**
   * Whether to wait until the subscription is live; default true. Use `false` for a daemon that must
   * start while the service is unavailable: the call resolves at once, attempts continue without a
   * limit, and the events report them. When the subscription is live for the first time, a
   * notification of kind `resync` stands for what changed until then.
   */
  waitLive?: boolean | undefined
}

/**
 * A client of Microsoft Graph for one user. It opens subscriptions and streams of changes, and closes
 * them when it is closed. One client per user and process is enough. A client sends nothing until you
 * call a method, and does not keep the process alive by itself.
 */
export class Client {
  /** The name that the program has given to it. */
  readonly label: string | undefined
  readonly #native: NativeClient
  readonly #thrown = new ThrownValues()
  #isClosed = false
  /** What it opened and has not closed, and must discard its events when it closes. */
  readonly #open = new Set<Handle>()
  /** Shared by all that it opens, which may be thousands of subscriptions. */
  readonly #owner: Owner

  /**
   * Checks the options and prepares the HTTP stack, without any traffic.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, with the name of the option in `argument`.
   */
  constructor(options: ClientOptions)
  constructor(options: ClientOptions | FamilyOptions) {
    const family = options instanceof FamilyOptions ? options : undefined
    checkObject('options', options)
    const { credential, ...given } = options
    checkCredential(credential)
    const native = nativeCredential(credential, this.#thrown)
    noteSubscribers()
    this.#native = unwrap(family ? family.make(native) : create(native, given))
    this.label = this.#native.label ?? undefined
    this.#owner = {
      label: this.label,
      toError: (error) => this.#toError(error),
      release: (handle) => this.#open.delete(handle),
    }
    registerMemberClient(this, {
      native: this.#native,
      toError: (error) => this.#toError(error),
      isClosed: () => this.#isClosed,
    })
  }

  /**
   * Makes a client for another user, of the same family: it shares the HTTP stack, TLS configuration,
   * resolver, limits (`maxHandshakes`, `maxEndpointCallsPerSecond`) and throttling pauses with this
   * one, and has the same scopes and other options, except for a `label` that you give here. It costs a
   * few kilobytes and hardly any time.
   * Closing one client of a family leaves the others open.
   *
   * Graph throttles by user, app and tenant, and does not say which. When Graph asks for a pause,
   * whatever the user, the whole family therefore pauses: requests of other users could prolong it.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` if an argument cannot be a credential or a label;
   *   `ERR_DRIVEBELL_STATE` if this client is closed.
   */
  withCredential(credential: Credential, options: CredentialOptions = {}): Client {
    checkOptions(options, ['label'])
    const { label } = options
    if (label !== undefined) checkString('label', label)
    return new Client(new FamilyOptions(this.#native, credential, label) as unknown as ClientOptions)
  }

  /**
   * Gets an access token, and resolves when there is one. Call it first if a person may have to sign in:
   * what follows then finds a token. Where a person was asked before and did not sign in, only this asks
   * again.
   *
   * The credential may take the client's `signInTimeout`, whether it says that it asks a person or not.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_AUTHENTICATION` and `ERR_DRIVEBELL_TIMEOUT`;
   *   `ERR_DRIVEBELL_STATE` if the client is closed, even while the call runs; or the signal's reason.
   */
  async signIn(options: CallOptions = {}): Promise<void> {
    const signal = signalOf(options)
    return this.#call({ signal, start: (settle) => this.#native.signIn(settle), accept: () => {} })
  }

  /**
   * Requests a notification endpoint from Graph, for use with another Socket.IO client. Every call
   * returns a new URL.
   *
   * @throws DrivebellError with any {@link DrivebellErrorCode}; or the signal's reason.
   */
  async endpoint(resource: Resource, options: CallOptions = {}): Promise<Endpoint> {
    const target = nativeOf(resource)
    const signal = signalOf(options)
    return this.#call({
      signal,
      start: (settle) => this.#native.endpoint(target, settle),
      accept: (native: NativeEndpoint) => new Endpoint(native),
    })
  }

  /**
   * Finds the drive or list of an address in a browser: of a site, a library, a folder, a file, a list, or
   * of a sharing link. It asks Graph's `shares` or `sites`. What {@link Resource.parse} reads (`/me/drive`)
   * needs no request.
   *
   * Microsoft documents the permission `Files.ReadWrite` for `shares`, and `Sites.Read.All` for `sites`. A
   * sharing link is not redeemed: the user must have access already.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, by the name `resource`, for a text that is
   *   neither a path nor an address with `https://`; otherwise as {@link Client.endpoint},
   *   `ERR_DRIVEBELL_NOT_FOUND` among them.
   */
  async findResource(address: string, options: CallOptions = {}): Promise<Resource> {
    checkString('resource', address)
    const signal = signalOf(options)
    return this.#call({
      signal,
      start: (settle) => this.#native.findResource(address, settle),
      accept: (value: NativeResource) => wrap({ value }),
    })
  }

  /**
   * Subscribes to a resource. Resolves once the server has acknowledged the subscription: notifications
   * arrive from then on, and the subscription survives every temporary failure. It keeps the process
   * alive until it is closed.
   *
   * Attempts continue for the client's `startTimeout`. If retrying cannot help, the call rejects at
   * once: the user must sign in again, or Graph answered 401, 403 or 404.
   *
   * @throws DrivebellError with any {@link DrivebellErrorCode}; or the signal's reason.
   */
  async subscribe(resource: Resource, options: SubscribeOptions = {}): Promise<Subscription> {
    const target = nativeOf(resource)
    const signal = signalOf(options, ['waitLive'])
    const { waitLive = true } = options
    checkBoolean('waitLive', waitLive)
    return this.#call({
      signal,
      start: (settle) => this.#native.subscribe(target, waitLive, settle),
      accept: (native: NativeSubscription) => this.#opened(new Subscription(native, resource, this.#owner, signal)),
      discard: (native) => native.close(),
    })
  }

  /**
   * Subscribes to many resources with one stream of events: `note.resource` names the resource and
   * `note.client` the client. {@link SubscriptionSet.add} and {@link SubscriptionSet.remove} change the
   * members at any time, for other users too. A resource given twice is subscribed to once.
   *
   * It does not wait, like `subscribe` with `waitLive: false`: members become live one after the other,
   * at the rate of `maxEndpointCallsPerSecond`. A permanent refusal ends only that member (event
   * `ended`); the others continue. The set keeps the process alive until it is closed.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` if an element is not a resource;
   *   `ERR_DRIVEBELL_STATE` if the client is closed; or the signal's reason.
   */
  subscribeAll(resources: Iterable<Resource> = [], options: CallOptions = {}): SubscriptionSet {
    checkList('resources', resources)
    const all = [...resources]
    for (const resource of all) nativeOf(resource)
    const signal = signalOf(options)
    this.#refuseIfEnded(signal)
    const native = addon.NativeSubscriptionSet.create(this.#native)
    const set = this.#opened(new SubscriptionSet(native, this, this.#owner, signal))
    for (const resource of all) set.add(resource)
    return set
  }

  /**
   * Streams the changes in a resource, starting from `since`: a subscription reports that something
   * changed, and a delta query finds what. {@link ChangeBatch} explains how to process the batches.
   *
   * The stream starts at once and ends when you leave the loop. While its subscription is not live, it
   * polls every `pollInterval`. It survives temporary failures, like {@link Client.subscribe}. The
   * iteration throws when retrying cannot help: the user must sign in again, or Graph answers 401, 403 or 404,
   * at once or, if it has worked before, for the client's `refusalTimeout`; or Graph's links lead to
   * another origin or in a circle (`ERR_DRIVEBELL_PROTOCOL`).
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, with the name in `argument`: `since` for
   *   an invalid checkpoint or one of another resource, `resource` for one without a delta query, or an
   *   invalid option; `ERR_DRIVEBELL_STATE` if the client is closed.
   */
  changes<Kind extends ResourceKind>(resource: Resource<Kind>, options: ChangesOptions): Changes<ItemOf<Kind>> {
    const target = nativeOf(resource)
    // A call without options is told which one it lacks.
    if (options !== undefined) checkObject('options', options)
    const { since, signal, ...given }: Partial<ChangesOptions> = options ?? {}
    checkSince(since)
    checkSignal(signal)
    this.#refuseIfEnded(signal)
    const changes = unwrap(addon.NativeChanges.create(this.#native, target, since, given))
    return this.#opened(new Changes<ItemOf<Kind>>(changes, resource as Resource<never>, this.#owner, signal))
  }

  /**
   * Streams the changes of many resources as one stream: each batch names its `resource` and its
   * `client`. All of them are followed from `since`; or give pairs, such as a `Map`, of each resource and
   * where it begins. {@link ChangesSet.add} and {@link ChangesSet.remove} change the members at any time,
   * for other users too.
   *
   * The members become live one after the other, at the rate of `maxEndpointCallsPerSecond`, and query in
   * turns: `maxConcurrentQueries` of them have a page at the same time. A permanent refusal ends one
   * member, and a {@link MemberEnd} says why; the others continue. The stream starts at once.
   *
   * @throws DrivebellError as {@link Client.changes}; by the name `since` for a resource that is given
   *   twice with different beginnings.
   */
  changesAll<Kind extends ResourceKind>(
    resources: Iterable<Resource<Kind>> | Iterable<readonly [Resource<Kind>, ChangesOptions['since']]> = [],
    options: ChangesAllOptions = {},
  ): ChangesSet<ItemOf<Kind>> {
    checkList('resources', resources)
    checkObject('options', options)
    const { since, signal, ...given } = options
    const { targets, sinces } = beginnings(resources, since)
    checkSignal(signal)
    this.#refuseIfEnded(signal)
    const native = unwrap(addon.NativeChangesSet.create(this.#native, targets.map(nativeOf), sinces, given))
    return this.#opened(new ChangesSet<ItemOf<Kind>>(native, this, targets, this.#owner, signal))
  }

  /**
   * Streams the changes of drives that several processes share: each drive is followed by one of them, and when a
   * process ends or dies, the others take over its drives, each from its last checkpoint. Call it in every process,
   * with the same drives and with a store that all of them reach: a {@link SqliteStore} on one machine, or a
   * {@link CheckpointStore} of your own.
   *
   * Drives are given as the resources of {@link Client.changesAll}. A drive begins at its `since` only if the store
   * has no checkpoint of it. The stream starts at once. A store that is away is no error: it is tried again, and this
   * process keeps what it has.
   *
   * @throws DrivebellError as {@link Client.changesAll}; by the name `store` for an object without one of the four
   *   calls.
   */
  changesShared<Kind extends ResourceKind>(
    drives: Iterable<Resource<Kind>> | Iterable<readonly [Resource<Kind>, ChangesOptions['since']]>,
    store: CheckpointStore,
    options: SharedOptions = {},
  ): SharedChanges<ItemOf<Kind>> {
    checkList('drives', drives)
    checkObject('options', options)
    const { since, signal, ...given } = options
    const { targets, sinces } = beginnings(drives, since)
    checkSignal(signal)
    this.#refuseIfEnded(signal)
    const natives = targets.map(nativeOf)
    const native = unwrap(addon.NativeSharedChanges.create(this.#native, natives, sinces, nativeStoreOf(store), given))
    return this.#opened(new SharedChanges<ItemOf<Kind>>(native, this, targets, this.#owner, signal))
  }

  /**
   * Mirrors a drive in a SQLite file, and streams what happens in it: which file, where, and whether it is new,
   * changed, renamed, moved or gone. The file is made if it does not exist, and belongs to this drive. A
   * {@link Mirror} that starts again goes on where it was.
   *
   * The mirror starts at once and ends when you leave the loop. It survives and ends as {@link Client.changes}
   * does; and it ends with `ERR_DRIVEBELL_STORAGE` if the file cannot be written to any more.
   *
   * @param file the path of the file, or a `file:` URL.
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT`, with the name in `argument`: `file` for a
   *   directory, or for a file that this process mirrors already; `resource` for one without drive items; or an
   *   invalid option. `ERR_DRIVEBELL_STORAGE` for a file that cannot be used: `storageCode` says why, and the
   *   file is untouched. `ERR_DRIVEBELL_STATE` if the client is closed.
   */
  mirror<Kind extends ResourceKind>(
    resource: Resource<Kind> & NotAList<Kind>,
    file: string | URL,
    options: MirrorOptions = {},
  ): Mirror {
    const target = nativeOf(resource)
    const path = pathOf('file', file)
    const { signal, given } = this.#mirrorOptions(options)
    const mirror = unwrap(addon.NativeMirror.create(this.#native, target, path, given))
    return this.#opened(new Mirror(mirror, resource as Resource as Resource<'drive'>, this.#owner, signal))
  }

  /**
   * Mirrors many drives in one file, as one stream: each change names its `resource` and its `client`.
   * {@link MirrorSet.add} and {@link MirrorSet.remove} change the members at any time, for other users too.
   *
   * A permanent refusal ends one member, and a {@link MemberEnd} says why; the others continue. The stream
   * starts at once.
   *
   * @throws DrivebellError as {@link Client.mirror}.
   */
  mirrorAll<Kind extends ResourceKind>(
    resources: Iterable<Resource<Kind> & NotAList<Kind>>,
    file: string | URL,
    options: MirrorOptions = {},
  ): MirrorSet {
    checkList('resources', resources)
    const targets: Resource[] = [...resources]
    const natives = targets.map(nativeOf)
    const path = pathOf('file', file)
    const { signal, given } = this.#mirrorOptions(options)
    const native = unwrap(addon.NativeMirrorSet.create(this.#native, natives, path, given))
    return this.#opened(new MirrorSet(native, this, targets, this.#owner, signal))
  }

  /**
   * Cancels the calls under way, which reject with `ERR_DRIVEBELL_STATE`; closes the subscriptions, sets
   * and streams of changes that it opened; and removes its members from the sets of other clients. The
   * clients made by {@link Client.withCredential} stay open. Never rejects. Calling it twice is fine.
   */
  async close(): Promise<void> {
    const closed = run((settle) => this.#native.close(settle))
    this.#isClosed = true
    await Promise.all([closed, ...[...this.#open].map((handle) => handle.close())])
    this.#thrown.clear()
  }

  /** Like {@link Client.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #mirrorOptions(options: MirrorOptions): { signal: AbortSignal | undefined; given: object } {
    checkObject('options', options)
    const { signal, ...given } = options as MirrorOptions
    checkSignal(signal)
    this.#refuseIfEnded(signal)
    return { signal, given }
  }

  #opened<T extends Handle>(handle: T): T {
    this.#open.add(handle)
    return handle
  }

  /** Runs a native call until it settles, or until the signal or the client ends it. */
  async #call<T, R>({ signal, start, accept, discard }: Call<T, R>): Promise<R> {
    this.#refuseIfEnded(signal)
    let call: NativeOperation | undefined
    const forgetSignal = onAbort(signal, () => call?.cancel())
    try {
      const outcome = await run<Outcome<T>>((settle) => {
        call = start(settle)
        return call
      })
      if (this.#hasEnded(signal) && outcome.value !== undefined) discard?.(outcome.value)
      this.#refuseIfEnded(signal)
      if (outcome.error) throw this.#toError(outcome.error)
      // In the same turn as the check above: no abort can come in between and go unnoticed.
      return accept(outcome.value as T)
    } finally {
      forgetSignal()
    }
  }

  #hasEnded(signal: AbortSignal | undefined): boolean {
    return signal?.aborted || this.#isClosed
  }

  #refuseIfEnded(signal: AbortSignal | undefined): void {
    noteSubscribers()
    signal?.throwIfAborted()
    const closed = this.#native.checkOpen()
    if (closed) throw this.#toError(closed)
  }

  #toError(error: NativeError): DrivebellError {
    return fromNative(error, (thrown) => this.#thrown.asCause(thrown))
  }
}

/** The argument of the constructor for {@link Client.withCredential}. */
class FamilyOptions {
  constructor(
    readonly client: NativeClient,
    readonly credential: Credential,
    readonly label: string | undefined,
  ) {}

  make({ source, classNames }: NativeCredential): Outcome<NativeClient> {
    return this.client.withCredential(source, classNames, this.label)
  }
}

/** Resources, and where each of them begins. */
function beginnings(given: Iterable<unknown>, since: unknown): { targets: Resource[]; sinces: string[] } {
  const targets: Resource[] = []
  const sinces: string[] = []
  for (const each of given) {
    const isPair = Array.isArray(each)
    if (isPair && since !== undefined) throw invalidArgument('since', 'give it here or with each resource, not both')
    const [resource, begin] = (isPair ? each : [each, since]) as [Resource, unknown]
    nativeOf(resource)
    checkSince(begin)
    targets.push(resource)
    sinces.push(begin)
  }
  return { targets, sinces }
}

function create({ source, classNames }: NativeCredential, options: object): Outcome<NativeClient> {
  return addon.NativeClient.create(source, classNames, options, extraCertificates())
}

/**
 * The file of certificates that `NODE_EXTRA_CA_CERTS` names. Like Node, drivebell warns if it cannot be
 * read, and goes on without.
 */
function extraCertificates(): string | undefined {
  const path = process.env.NODE_EXTRA_CA_CERTS
  if (!path) return undefined
  const problem = addon.NativeClient.unreadableCertificates(path)
  if (problem === null) return path
  process.emitWarning(`Ignoring extra certificates: ${problem}`)
  return undefined
}

/** A native call, and what to do with its result. */
interface Call<T, R> {
  signal: AbortSignal | undefined
  start(settle: (outcome: Outcome<T>) => void): NativeOperation
  accept(value: T): R
  /** For a result that comes too late. */
  discard?(value: T): void
}

function signalOf(options: CallOptions, others: readonly string[] = []): AbortSignal | undefined {
  checkOptions(options, ['signal', ...others])
  checkSignal(options.signal)
  return options.signal
}
