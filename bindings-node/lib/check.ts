import { invalidArgument } from './error'

/** The type of a value, for a message. The value itself may be a secret. @internal */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  return Array.isArray(value) ? 'an array' : `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}

/** @internal */
export function checkString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw invalidArgument(name, `must be a string, not ${typeName(value)}`)
}

/** @internal */
export function checkStrings(name: string, value: unknown): asserts value is string[] {
  if (!Array.isArray(value) || value.some((element) => typeof element !== 'string')) {
    throw invalidArgument(name, 'must be an array of strings')
  }
}

/** The core checks zero: its meaning depends on the option. @internal */
export function checkDuration(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw invalidArgument(name, 'must be a number of milliseconds')
  }
}

/** @internal */
export function checkDurationOrForever(name: string, value: unknown): asserts value is number {
  if (value === Number.POSITIVE_INFINITY) return
  if (typeof value !== 'number') {
    throw invalidArgument(name, 'must be a number of milliseconds, or Infinity')
  }
  checkDuration(name, value)
}

/** @internal */
export function checkDurations(name: string, value: unknown): asserts value is number[] {
  if (!Array.isArray(value))
    throw invalidArgument(name, `must be an array of numbers of milliseconds, not ${typeName(value)}`)
  for (const duration of value) checkDuration(name, duration)
}

/** @internal */
export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, `must be a boolean, not ${typeName(value)}`)
}

/** @internal */
export function checkSize(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalidArgument(name, 'must be a whole number')
  }
}

/** Refuses misspelt options, which would otherwise be ignored silently. @internal */
export function checkOptions(options: unknown, known: readonly string[]): asserts options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidArgument('options', `must be an object, not ${typeName(options)}`)
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalidArgument(key, `is not an option; the options are ${known.join(', ')}`)
  }
}

/** @internal */
export function checkSignal(value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined) return
  // Not instanceof: the signal may come from another realm, such as a test runner's sandbox.
  const signal = value as Partial<AbortSignal> | null
  if (typeof signal?.throwIfAborted !== 'function' || typeof signal.addEventListener !== 'function') {
    throw invalidArgument('signal', `must be an AbortSignal, not ${typeName(value)}`)
  }
}
