import { type InspectOptionsStylized, inspect } from 'node:util'

/**
 * How `console.log` shows a value: its class, and those of its fields that say something.
 *
 * @param depth how deep objects in it are shown, as `util.inspect` passes it: null for any depth.
 * @internal
 */
export function printed(name: string, fields: object, depth: number | null, options: InspectOptionsStylized): string {
  if (depth !== null && depth < 0) return options.stylize(`[${name}]`, 'special')
  const telling = Object.entries(fields).filter(([, value]) => saysSomething(value))
  return `${name} ${inspect(Object.fromEntries(telling), { ...options, depth })}`
}

function saysSomething(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined && value !== false
  return Object.getPrototypeOf(value) !== Object.prototype || Object.keys(value).length > 0
}
