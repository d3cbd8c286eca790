import { type DisconnectReason, type ErrorKind, HELP_URLS, NAMES, type NetworkFailure, type StorageCode } from './names'
import { networkCause } from './network-cause'
import type { NativeError, NativeThrown } from './runtime/addon'

/**
 * The values of {@link DrivebellError.code}: `ERR_DRIVEBELL_` and the kind in capitals, as in
 * `ERR_DRIVEBELL_NOT_FOUND`. {@link ErrorKind} says what each means. `ERR_DRIVEBELL_INTERNAL` is a bug
 * in drivebell.
 */
export type DrivebellErrorCode = `ERR_DRIVEBELL_${Uppercase<ErrorKind> | 'INTERNAL'}`

/** The fields of a {@link DrivebellError} that is made by hand. */
export interface DrivebellErrorFields {
  /** The kind of failure. */
  code: DrivebellErrorCode
  /** What happened. */
  message: string
  /** Default: false. */
  retryable?: boolean | undefined
  /** The HTTP status of Graph's response. */
  status?: number | undefined
  /** Graph's own error code. */
  graphCode?: string | undefined
  /** What is wrong with the file of a mirror. */
  storageCode?: StorageCode | undefined
  /** Graph's `request-id`. */
  requestId?: string | undefined
  /** The `client-request-id` that was sent with the request. */
  clientRequestId?: string | undefined
  /** The pause that the service requests, in milliseconds. */
  retryAfter?: number | undefined
  /** The name of the invalid argument or option. */
  argument?: string | undefined
  /** Why there was no connection or no answer, or why the connection ended. */
  reason?: DisconnectReason | NetworkFailure | undefined
  /** What could not be reached. */
  host?: string | undefined
  /** The port of `host`. */
  port?: number | undefined
  /** The `label` of the client. */
  label?: string | undefined
  /** The page about it. Default: that of its `code`. */
  helpUrl?: string | undefined
  /** What caused it. */
  cause?: unknown
}

/**
 * Every error of this package, except for an aborted `AbortSignal`: a call rejects with its own `reason`,
 * and a loop throws an `AbortError`, as Node's own do.
 *
 * A property that does not apply is `undefined`. drivebell never puts a token or a notification URL
 * into an error.
 */
export class DrivebellError extends Error {
  /** The kind of failure. */
  readonly code: DrivebellErrorCode
  /** Whether the same call may succeed if you repeat it later. */
  readonly retryable: boolean
  /** The HTTP status of Graph's response. */
  declare readonly status?: number
  /** Graph's own error code (`error.code` in its response). */
  declare readonly graphCode?: string
  /** What is wrong with the file of a mirror, for the code `ERR_DRIVEBELL_STORAGE`. */
  declare readonly storageCode?: StorageCode
  /** Graph's `request-id`; Microsoft's support asks for it. */
  declare readonly requestId?: string
  /** The `client-request-id` that was sent with the request. */
  declare readonly clientRequestId?: string
  /** The pause before the next attempt that the service requests, in milliseconds. */
  declare readonly retryAfter?: number
  /** The name of the invalid argument or option. */
  declare readonly argument?: string
  /**
   * Why there was no connection or no answer, for instance `connection_refused`. The `cause` is then an
   * error like those of Node itself, with a `code` such as `ECONNREFUSED`, `ENOTFOUND` or
   * `CERT_HAS_EXPIRED`. Or why the connection ended before it was live.
   */
  declare readonly reason?: DisconnectReason | NetworkFailure
  /** What could not be reached, or ended the connection: the service, or a proxy. */
  declare readonly host?: string
  /** The port of `host`. */
  declare readonly port?: number
  /** The `label` of the client, with which the message begins. */
  declare readonly label?: string
  /**
   * The address of the page about it: what one sees, why it happens, and what to do. `String(error)` ends
   * with it, and Node prints it with the error.
   */
  declare readonly helpUrl: string

  /** @internal */
  constructor(parts: Omit<NativeError, 'causes' | 'thrown' | 'systemCode' | 'osError'>, options?: ErrorOptions) {
    const { kind, message, helpUrl, ...details } = parts ?? {}
    if (typeof kind !== 'string') throw invalidArgument('constructor', 'is not for programs: call DrivebellError.from')
    super(message, options)
    this.code = `ERR_DRIVEBELL_${kind.toUpperCase()}` as DrivebellErrorCode
    this.retryable = parts.retryable
    Object.assign(this, details)
    this.helpUrl = helpUrl ?? HELP_URLS[kind as keyof typeof HELP_URLS]
  }

  /**
   * Makes an error by hand, for tests of what handles it. It also takes what
   * {@link DrivebellError.toJSON} returns.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a `code` that there is not, for a
   *   `message` that is not a string, and for a field that an error does not have.
   */
  static from(fields: DrivebellErrorFields): DrivebellError {
    const { code, message, cause, ...others }: Partial<DrivebellErrorFields> = fields ?? {}
    const kind = kindOf(code)
    if (typeof message !== 'string') throw invalidArgument('message', `must be a string, not ${typeof message}`)
    const details = Object.entries(others).filter(([name, value]) => value !== undefined && name !== 'name')
    for (const [name] of details) {
      if (!DETAILS.includes(name)) throw invalidArgument(name, 'is not a field of a DrivebellError')
    }
    const parts = { kind, message, retryable: false, ...Object.fromEntries(details) }
    return new DrivebellError(parts, cause === undefined ? undefined : { cause })
  }

  /** Its properties, with `name` and `message`, which JSON leaves out of other errors. It has no `cause`. */
  toJSON(): Record<string, unknown> {
    return { name: this.name, message: this.message, ...(this as object) }
  }

  /** The name, the message and the page about it. */
  override toString(): string {
    return `${this.name}: ${this.message}; see ${this.helpUrl}`
  }

  static {
    // On the prototype, as with Node's own errors: console.log then does not list it as a property.
    Object.defineProperty(DrivebellError.prototype, 'name', { value: 'DrivebellError', configurable: true })
  }
}

const DETAILS: readonly string[] = [
  'retryable',
  'status',
  'graphCode',
  'storageCode',
  'requestId',
  'clientRequestId',
  'retryAfter',
  'argument',
  'reason',
  'host',
  'port',
  'label',
  'helpUrl',
] satisfies (keyof DrivebellErrorFields)[]

function kindOf(code: unknown): string {
  const kind = typeof code === 'string' ? code.replace(/^ERR_DRIVEBELL_/, '') : ''
  const known = [...NAMES.ErrorKind, 'internal'].find((name) => name.toUpperCase() === kind)
  if (known === undefined || !String(code).startsWith('ERR_DRIVEBELL_')) {
    throw invalidArgument('code', 'must be a code of a DrivebellError, such as ERR_DRIVEBELL_NOT_FOUND')
  }
  return known
}

/** What a loop throws whose `AbortSignal` has aborted: like Node's own, with the reason as its cause. @internal */
export class AbortError extends Error {
  readonly code = 'ABORT_ERR'

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason })
  }

  static {
    Object.defineProperty(AbortError.prototype, 'name', { value: 'AbortError', configurable: true })
  }
}

/** @internal */
export function invalidArgument(argument: string, problem: string): DrivebellError {
  return new DrivebellError({
    kind: 'invalid_argument',
    message: `${argument}: ${problem}`,
    retryable: false,
    argument,
  })
}

/** @internal */
export function stateError(message: string): DrivebellError {
  return new DrivebellError({ kind: 'state', message, retryable: false })
}

/** The result of a native call. @internal */
export interface Outcome<T> {
  readonly value?: T
  readonly error?: NativeError
}

/** @internal */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.value === undefined) throw fromNative(outcome.error as NativeError)
  return outcome.value
}

/** Like {@link unwrap}, of a value that may be missing. @internal */
export function unwrapOptional<T>(outcome: Outcome<T>): T | undefined {
  if (outcome.error) throw fromNative(outcome.error)
  return outcome.value
}

/** `asCause` returns what the credential threw. @internal */
export function fromNative(
  error: NativeError,
  asCause?: (thrown: NativeThrown) => ErrorOptions | undefined,
): DrivebellError {
  const { causes, thrown, systemCode, osError: _, ...parts } = error
  const options = (thrown && asCause?.(thrown)) ?? chained(causes)
  return new DrivebellError(parts, systemCode === undefined ? options : { cause: networkCause(error, options) })
}

function chained(causes: readonly string[]): ErrorOptions | undefined {
  return causes.reduceRight<ErrorOptions | undefined>(
    (inner, message) => ({ cause: new Error(message, inner) }),
    undefined,
  )
}
