import type { DrivebellError } from './error'
import type { NativeError } from './runtime/addon'

/** A subscription, a set or a stream of changes. @internal */
export interface Handle {
  close(): Promise<void>
}

/** What a client does for the subscriptions, sets and streams of changes that it opened. @internal */
export interface Owner {
  /** The label of the client. */
  readonly label: string | undefined
  /** Converts an error of the addon; if the credential threw, what it threw becomes the `cause`. */
  toError(error: NativeError): DrivebellError
  /** Forgets a handle that has closed. */
  release(handle: Handle): void
}
