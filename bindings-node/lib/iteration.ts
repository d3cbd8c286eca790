/**
 * What a `for await` loop takes, of a subscription or of a stream of changes. Leaving the loop calls
 * `return`.
 */
export interface Iteration<T> extends AsyncIterator<T, undefined> {
  /** Waits for the next element. */
  next(): Promise<IteratorResult<T, undefined>>
  /** Ends the iteration. */
  return(): Promise<IteratorResult<T, undefined>>
  /** The iteration itself. */
  [Symbol.asyncIterator](): this
  /** Like `return`. */
  [Symbol.asyncDispose](): Promise<void>
}
