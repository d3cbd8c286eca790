import { type Credential, checkCredential, nativeCredential } from '../auth/credential'
import { CredentialFailures } from '../auth/credential-failures'
import { Changes } from '../changes/changes'
import { type ChangesOptions, nativeChangesOptions } from '../changes/options'
import { checkBoolean, checkOptions, checkSignal } from '../check'
import { type DrivebellError, fromNative, type Outcome, stateError, unwrap } from '../error'
import { nativeOf, type Resource } from '../resource'
import { onAbort } from '../runtime/abort'
import {
  addon,
  type NativeClient,
  type NativeClientOptions,
  type NativeEndpoint,
  type NativeError,
  type NativeOperation,
  type NativeSubscription,
} from '../runtime/addon'
import { Subscription } from '../session/subscription'
import { register } from '../set/member-client'
import { SubscriptionSet } from '../set/subscription-set'
import { Endpoint } from './endpoint'
import { type ClientOptions, nativeOptions } from './options'

/** The options of a call. */
export interface CallOptions {
  /**
   * Gives the call up when it aborts: it is rejected with the signal's `reason`. A subscription
   * that there is by then is closed.
   */
  signal?: AbortSignal | undefined
}

/** The options of {@link Client.subscribe}. */
export interface SubscribeOptions extends CallOptions {
  /**
   * Whether to resolve only once the subscription is live; default true. `false` is the choice of a
   * daemon that must start although the service is away: the call resolves at once, attempts go on
   * for ever, and the events tell of them. When it is live for the first time, a notification of the
   * kind `resync` stands for what changed until then.
   */
  waitLive?: boolean | undefined
}

/**
 * Asks Microsoft Graph for endpoints and keeps subscriptions. One client per user and process is
 * enough; it opens nothing before it is asked to, and does not keep the process alive by itself.
 */
export class Client {
  readonly #native: NativeClient
  readonly #failures = new CredentialFailures()
  readonly #shutdown = new AbortController()
  readonly #calls = new Set<NativeOperation>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #sets = new Set<SubscriptionSet>()
  readonly #changes = new Set<Changes>()
  /** Sets that have members of this client, whoever made them. */
  readonly #joined = new Set<SubscriptionSet>()
  /** One for all subscriptions, of which there may be thousands. */
  readonly #owner = {
    toError: (error: NativeError) => this.#toError(error),
    release: (over: Subscription) => {
      this.#subscriptions.delete(over)
      this.#tidy()
    },
  }

  /**
   * Checks the options and sets up the HTTP stack, without any traffic.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` and the option's name in
   *   `argument`.
   */
  constructor(options: ClientOptions)
  constructor(options: ClientOptions | Further) {
    const further = options instanceof Further ? options : undefined
    const { credential, native } = further ?? nativeOptions(options as ClientOptions)
    checkCredential(credential)
    const source = nativeCredential(credential, this.#failures, this.#shutdown.signal)
    this.#native = unwrap(
      further
        ? further.family.withCredential(source)
        : addon.NativeClient.create(source, native as NativeClientOptions),
    )
    register(this, {
      native: this.#native,
      toError: (error) => this.#toError(error),
      refuseIfClosed: () => this.#refuseIfEnded(undefined),
      join: (set) => this.#join(set),
    })
  }

  /**
   * A client of another user, of the same family: it shares the HTTP stack, the TLS configuration,
   * the resolver, the limits (`maxHandshakes`, `maxEndpointCallsPerSecond`) and the pauses that Graph
   * asks for; scopes and all other options are as here. It costs a few kilobytes, and no time worth
   * mentioning. Each owns what was subscribed to through it: closing one leaves the others alone.
   *
   * Graph asks for a pause by user, by app and by tenant, and does not say which. So one that is
   * asked of any user stops the whole family: to go on for the others could prolong it.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` for what cannot be a
   *   credential, and `ERR_DRIVEBELL_STATE` if this client is closed.
   */
  withCredential(credential: Credential): Client {
    this.#refuseIfEnded(undefined)
    return new Client(new Further(this.#native, credential) as unknown as ClientOptions)
  }

  /**
   * Asks Graph where the resource's notifications are pushed, for whoever wants to bring another
   * client. Every call gives a new URL.
   *
   * @throws DrivebellError with any code, see {@link DrivebellErrorCode}; or the signal's reason.
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
   * Subscribes, and resolves once the server has acknowledged it: from then on notifications
   * arrive, and the subscription lives through whatever the service does. It keeps the process alive
   * until it is closed.
   *
   * Attempts go on for the client's `startTimeout`; what will not pass by itself is told at once:
   * that the credential failed, and 401, 403 and 404 from Graph.
   *
   * @throws DrivebellError with any code, see {@link DrivebellErrorCode}; or the signal's reason.
   */
  async subscribe(resource: Resource, options: SubscribeOptions = {}): Promise<Subscription> {
    const target = nativeOf(resource)
    const signal = signalOf(options, ['waitLive'])
    const { waitLive = true } = options
    checkBoolean('waitLive', waitLive)
    return this.#call({
      signal,
      start: (settle) => this.#native.subscribe(target, waitLive, settle),
      accept: (native: NativeSubscription) => this.#open(native, resource, signal),
      discard: (native) => native.close(),
    })
  }

  /**
   * Subscribes to many, in one stream and one order: `note.resource` tells which, and `note.client`
   * whose. {@link SubscriptionSet.add} and {@link SubscriptionSet.remove} change what is in it while
   * it runs, for other users too. A resource that is given twice is subscribed to once.
   *
   * It does not wait, as with `waitLive: false`: so many are live one after the other, at the pace of
   * `maxEndpointCallsPerSecond`. What will not pass by itself ends one of them, with an event `ended`,
   * and not the others. The process is kept alive until the set is closed.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` for what is no resource, and
   *   `ERR_DRIVEBELL_STATE` if the client is closed; or the signal's reason.
   */
  subscribeAll(resources: Iterable<Resource> = [], options: CallOptions = {}): SubscriptionSet {
    const all = [...resources]
    for (const resource of all) nativeOf(resource)
    const signal = signalOf(options)
    this.#refuseIfEnded(signal)
    const owner = {
      toError: (error: NativeError) => this.#toError(error),
      release: (over: SubscriptionSet) => {
        this.#sets.delete(over)
        this.#tidy()
      },
    }
    const set = new SubscriptionSet(this.#native.subscribeAll(), this, owner, signal)
    this.#sets.add(set)
    for (const resource of all) set.add(resource)
    return set
  }

  /**
   * Streams what changes in the resource, from `since` on: a subscription tells when to look, and a
   * delta query what changed. See {@link ChangeBatch} for what to do with the batches.
   *
   * It begins at once, and goes on until the loop is left. While the subscription is not live, the
   * drive is looked at every `pollInterval`. What passes is lived through, as with
   * {@link Client.subscribe}; the iteration throws what does not: that the credential failed, 401,
   * 403 and 404 from Graph, at once or after the client's `refusalTimeout` if it had worked; and
   * `ERR_DRIVEBELL_PROTOCOL` when Graph's links lead elsewhere or in a circle.
   *
   * @throws DrivebellError with the code `ERR_DRIVEBELL_INVALID_ARGUMENT` and the name in `argument`:
   *   `since` for a checkpoint that is none, or of another resource; `resource` for one without a
   *   delta query; an option that cannot be. `ERR_DRIVEBELL_STATE` if the client is closed.
   */
  changes(resource: Resource, options: ChangesOptions): Changes {
    const target = nativeOf(resource)
    const { signal, native } = nativeChangesOptions(options)
    this.#refuseIfEnded(signal)
    const owner = {
      toError: (error: NativeError) => this.#toError(error),
      release: (over: Changes) => {
        this.#changes.delete(over)
        this.#tidy()
      },
    }
    const changes = new Changes(unwrap(this.#native.changes(target, native)), resource, owner, signal)
    this.#changes.add(changes)
    return changes
  }

  /**
   * Gives up the calls under way, which reject with the code `ERR_DRIVEBELL_STATE`, and closes the
   * subscriptions and the streams of changes; what it has in the sets of others is removed from
   * them. The clients that {@link Client.withCredential} has made are left alone. Never rejects;
   * closing twice is fine.
   */
  async close(): Promise<void> {
    this.#shutdown.abort()
    for (const call of this.#calls) call.cancel()
    for (const set of this.#joined) {
      for (const { resource, client } of set.members()) if (client === this) set.remove(resource, client)
    }
    await Promise.all([...this.#subscriptions, ...this.#sets, ...this.#changes].map((open) => open.close()))
  }

  /** As {@link Client.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #open(native: NativeSubscription, resource: Resource, signal: AbortSignal | undefined): Subscription {
    const subscription = new Subscription(native, resource, this.#owner, signal)
    this.#subscriptions.add(subscription)
    return subscription
  }

  #join(set: SubscriptionSet): void {
    if (this.#joined.has(set)) return
    this.#joined.add(set)
    const leave = () => {
      this.#joined.delete(set)
      this.#tidy()
    }
    set.closed.then(leave, leave)
  }

  /** Runs a native call until it settles, or the signal or the client ends it. */
  async #call<T, R>({ signal, start, accept, discard }: Call<T, R>): Promise<R> {
    this.#refuseIfEnded(signal)
    let call: NativeOperation | undefined
    const forget = onAbort(signal, () => call?.cancel())
    try {
      const outcome = await new Promise<Outcome<T>>((settle) => {
        call = start(settle)
        this.#calls.add(call)
      })
      if (this.#hasEnded(signal) && outcome.value !== undefined) discard?.(outcome.value)
      this.#refuseIfEnded(signal)
      if (outcome.error) throw this.#toError(outcome.error)
      // In the same turn as the check: nothing can abort in between and not be heard.
      return accept(outcome.value as T)
    } finally {
      forget()
      if (call) this.#calls.delete(call)
      this.#tidy()
    }
  }

  #hasEnded(signal: AbortSignal | undefined): boolean {
    return signal?.aborted || this.#shutdown.signal.aborted
  }

  #refuseIfEnded(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted()
    if (this.#shutdown.signal.aborted) throw stateError('this client is closed')
  }

  #toError(error: NativeError): DrivebellError {
    return fromNative(error, (number) => this.#failures.take(number))
  }

  #tidy(): void {
    const open = this.#calls.size + this.#subscriptions.size + this.#changes.size + this.#joined.size
    if (open === 0) this.#failures.clear()
  }
}

/** What stands for options where a client makes another. */
class Further {
  readonly native = undefined

  constructor(
    readonly family: NativeClient,
    readonly credential: Credential,
  ) {}
}

/** A call to native code, and what becomes of its result. */
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
