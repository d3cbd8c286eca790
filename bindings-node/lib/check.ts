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

/** Where a stream of changes begins. The core checks what the string says. @internal */
export function checkSince(value: unknown): asserts value is string {
  if (typeof value !== 'string') {
    throw invalidArgument('since', `must be 'start', 'now' or the checkpoint of a batch, not ${typeName(value)}`)
  }
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

/** One of some names. @internal */
export function checkName<Name extends string>(
  argument: string,
  value: unknown,
  names: readonly Name[],
): asserts value is Name {
  if (!names.includes(value as Name)) {
    const given = typeof value === 'string' ? `'${value}'` : typeName(value)
    throw invalidArgument(argument, `must be one of ${names.join(', ')}, not ${given}`)
  }
}

/** A whole number from 0. @internal */
export function checkCount(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    const given = typeof value === 'number' ? value : typeName(value)
    throw invalidArgument(name, `must be a whole number from 0, not ${given}`)
  }
}

/** A time: a `Date`, its text in JSON, or milliseconds since 1970. @internal */
export function timeOf(name: string, value: unknown): Date {
  const isTime = value instanceof Date || typeof value === 'string' || typeof value === 'number'
  const time = new Date(isTime ? value : Number.NaN)
  if (Number.isNaN(time.getTime())) {
    const given = isTime ? 'an invalid one' : typeName(value)
    throw invalidArgument(name, `must be a Date, or a time as JSON or in milliseconds since 1970, not ${given}`)
  }
  return time
}

/** A JSON object as text. @internal */
export function jsonTextOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument(name, `must be an object, or its JSON as a string, not ${typeName(value)}`)
  }
  try {
    return JSON.stringify(value)
  } catch (error) {
    throw invalidArgument(name, `cannot be written as JSON: ${(error as Error).message}`)
  }
}

/** What only this package passes to the constructors of values. */
export const MADE: unique symbol = Symbol('made by drivebell')

/** Refuses `new` by a program, which would make a value that was not checked. @internal */
export function checkMade(made: boolean, maker: string): asserts made {
  if (!made) throw invalidArgument('constructor', `is not for programs: call ${maker}`)
}

/** Refuses misspelt fields of what is made by hand. @internal */
export function checkFields(fields: unknown, known: readonly string[]): asserts fields is Record<string, unknown> {
  checkObject('fields', fields)
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) throw invalidArgument(key, `is not a field; the fields are ${known.join(', ')}`)
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
