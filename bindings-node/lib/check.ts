import { invalidArgument } from './error'

/** How a value is named in a sentence, without showing it: it may be a secret. @internal */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}

/** @internal */
export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidArgument(name, `must be a string, and is ${typeName(value)}`)
}

/** @internal */
export function checkStrings(name: string, value: unknown): asserts value is string[] {
  if (!Array.isArray(value) || value.some((element) => typeof element !== 'string')) {
    throw invalidArgument(name, 'must be an array of strings')
  }
}

/** Zero is for the core to refuse, which knows whether it means something. @internal */
export function checkDuration(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw invalidArgument(name, 'must be a number of milliseconds')
  }
}

/** @internal */
export function checkDurationOrForever(name: string, value: unknown): asserts value is number {
  if (value === Number.POSITIVE_INFINITY) return
  if (typeof value !== 'number') {
    throw invalidArgument(name, 'must be a number of milliseconds, or Infinity for ever')
  }
  checkDuration(name, value)
}

/** @internal */
export function checkDurations(name: string, value: unknown): asserts value is number[] {
  if (!Array.isArray(value)) throw invalidArgument(name, `must be an array of durations, and is ${typeName(value)}`)
  for (const duration of value) checkDuration(name, duration)
}

/** @internal */
export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, `must be a boolean, and is ${typeName(value)}`)
}

/** @internal */
export function checkSize(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidArgument(name, 'must be a whole number')
  }
}

/** A misspelt option is refused, because ignoring it would keep a default that nobody wants. @internal */
export function checkOptions(options: unknown, known: readonly string[]): asserts options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidArgument('options', `must be an object, and is ${typeName(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalidArgument(key, `is no option; there are ${known.join(', ')}`)
  }
}

/** @internal */
export function checkSignal(value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined) return
  // Not instanceof: a signal of another realm, as in a test runner's sandbox, is as good.
  const signal = value as Partial<AbortSignal> | null
  if (typeof signal?.throwIfAborted !== 'function' || typeof signal.addEventListener !== 'function') {
    throw invalidArgument('signal', `must be an AbortSignal, and is ${typeName(value)}`)
  }
}
