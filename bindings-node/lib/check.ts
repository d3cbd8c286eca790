import { fileURLToPath } from 'node:url'
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
export function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgument(name, `must be a boolean, not ${typeName(value)}`)
}

/** @internal */
export function checkObject(name: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidArgument(name, `must be an object, not ${typeName(value)}`)
  }
}

/** @internal */
export function checkList(name: string, value: unknown): asserts value is Iterable<unknown> {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    throw invalidArgument(
      name,
      `must be an array or another iterable, not ${typeName(value)}: write [resource] for one`,
    )
  }
}

/** Refuses misspelt options, which would otherwise be ignored silently. @internal */
export function checkOptions(options: unknown, known: readonly string[]): asserts options is Record<string, unknown> {
  checkObject('options', options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalidArgument(key, `is not an option; the options are ${known.join(', ')}`)
  }
}

/** The path of a file. @internal */
export function pathOf(name: string, value: unknown): string {
  if (value instanceof URL) {
    if (value.protocol !== 'file:') throw invalidArgument(name, `must be a file: URL, not ${value.protocol}`)
    return fileURLToPath(value)
  }
  checkString(name, value)
  return value
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
