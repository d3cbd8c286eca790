import type { NativeError } from './runtime/addon'

/**
 * What {@link DrivebellError.code} can be:
 *
 * - `ERR_DRIVEBELL_AUTHENTICATION`: no usable token; Graph answered 401, or the credential failed
 *   (then it is the `cause`).
 * - `ERR_DRIVEBELL_ACCESS_DENIED`: Graph answered 403.
 * - `ERR_DRIVEBELL_NOT_FOUND`: Graph answered 404.
 * - `ERR_DRIVEBELL_THROTTLED`: Graph asked for a pause, see `retryAfter`.
 * - `ERR_DRIVEBELL_GRAPH`: any other refusal by Graph, see `status` and `graphCode`.
 * - `ERR_DRIVEBELL_CONNECTION_FAILED`: no connection could be made, or it ended before it was live
 *   (then `reason` says how).
 * - `ERR_DRIVEBELL_TIMEOUT`: something took longer than its option allows.
 * - `ERR_DRIVEBELL_PROTOCOL`: the other side sent what its protocol does not allow.
 * - `ERR_DRIVEBELL_STATE`: the object is closed, or it has a consumer already.
 * - `ERR_DRIVEBELL_INVALID_ARGUMENT`: an argument cannot be right, `argument` names it.
 * - `ERR_DRIVEBELL_INTERNAL`: a bug in drivebell.
 */
export type DrivebellErrorCode = `ERR_DRIVEBELL_${
  | 'AUTHENTICATION'
  | 'ACCESS_DENIED'
  | 'NOT_FOUND'
  | 'THROTTLED'
  | 'GRAPH'
  | 'CONNECTION_FAILED'
  | 'TIMEOUT'
  | 'PROTOCOL'
  | 'STATE'
  | 'INVALID_ARGUMENT'
  | 'INTERNAL'}`

/** How a live connection came to its end. */
export type DisconnectReason =
  | 'namespace_disconnect'
  | 'engine_close'
  | 'websocket_close'
  | 'connection_closed'
  | 'connection_reset'
  | 'heartbeat_timeout'
  | 'server_disconnect'
  | 'protocol_error'
  | 'endpoint_expired'

/**
 * Every error of this library: a sentence for people in `message`, and the parts for programs.
 * None of it ever holds a token or a notification URL.
 *
 * A field that does not apply is `undefined`. An aborted `AbortSignal` is not among these errors:
 * there the signal's own `reason` is thrown.
 */
export class DrivebellError extends Error {
  /** What kind of failure this is. */
  readonly code: DrivebellErrorCode
  /** Whether the same call may succeed later without any change by the caller. */
  readonly retryable: boolean
  /** The HTTP status with which Graph refused. */
  declare readonly status?: number
  /** Graph's own error code (`error.code` of its answer). */
  declare readonly graphCode?: string
  /** Graph's `request-id`, which Microsoft's support asks for. */
  declare readonly requestId?: string
  /** The `client-request-id` that went out with the request. */
  declare readonly clientRequestId?: string
  /** How long the service asks to wait before the next attempt, in milliseconds. */
  declare readonly retryAfter?: number
  /** The name of the argument or option that was refused. */
  declare readonly argument?: string
  /** How the connection ended, on the error of one that ended before it was live. */
  declare readonly reason?: DisconnectReason

  /** @internal */
  constructor(parts: Omit<NativeError, 'causes' | 'credentialFailure'>, options?: ErrorOptions) {
    const { kind, message, ...details } = parts
    super(message, options)
    this.code = `ERR_DRIVEBELL_${kind.toUpperCase()}` as DrivebellErrorCode
    this.retryable = parts.retryable
    Object.assign(this, details)
  }

  static {
    // As with Node's own errors: a property of the class, so that it is not listed with each error.
    Object.defineProperty(DrivebellError.prototype, 'name', { value: 'DrivebellError', configurable: true })
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

/** What native calls answer with. @internal */
export interface Outcome<T> {
  readonly value?: T
  readonly error?: NativeError
}

/** @internal */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.value === undefined) throw fromNative(outcome.error as NativeError)
  return outcome.value
}

/** `thrown` gives back what the credential threw, by its number. @internal */
export function fromNative(error: NativeError, thrown?: (number: number) => ErrorOptions | undefined): DrivebellError {
  const { causes, credentialFailure, ...parts } = error
  const options = credentialFailure === undefined ? undefined : thrown?.(credentialFailure)
  return new DrivebellError(parts, options ?? chain(causes))
}

function chain(causes: readonly string[]): ErrorOptions | undefined {
  return causes.reduceRight<ErrorOptions | undefined>(
    (inner, message) => ({ cause: new Error(message, inner) }),
    undefined,
  )
}
