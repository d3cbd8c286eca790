/** How many objects of a chain of prototypes are looked at. */
const MAX_DEPTH = 10

/** How many errors are looked at, of those that caused or make up the one that was thrown. */
const MAX_ERRORS = 9

/** Longer words are no names of classes. They could be secrets. */
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,59}$/

/** Reads a property of a value of any kind; `undefined` if its getter throws. @internal */
export function read(value: unknown, key: string | number): unknown {
  try {
    return (value as Record<string | number, unknown> | null | undefined)?.[key]
  } catch {
    return undefined
  }
}

/** The same for a string. @internal */
export function readString(value: unknown, key: string): string | undefined {
  const text = read(value, key)
  return typeof text === 'string' ? text : undefined
}

/**
 * The names of a value's class and of its base classes, the most telling one first: `name` of an error
 * survives a bundler that renames classes.
 *
 * @internal
 */
export function classNames(value: unknown): string[] {
  const names = chainOf(value).flatMap((object) => [read(object, 'name'), read(read(object, 'constructor'), 'name')])
  const known = new Set(names.filter((name) => typeof name === 'string' && CLASS_NAME.test(name)) as string[])
  known.delete('Object')
  const isGeneric = known.delete('Error')
  return isGeneric ? [...known, 'Error'] : [...known]
}

/** What was thrown, and its causes: those of a chain of credentials are in `errors`. @internal */
export function errorsOf(thrown: unknown): unknown[] {
  const errors = new Set([thrown])
  for (const error of errors) {
    const parts = read(error, 'errors')
    const causes = Array.from({ length: MAX_ERRORS }, (_, index) => read(parts, index))
    for (const cause of [read(error, 'cause'), ...causes]) {
      if (cause !== undefined && cause !== null && errors.size < MAX_ERRORS) errors.add(cause)
    }
  }
  return [...errors]
}

/** The class of an object, for a message. @internal */
export function nameOf(object: object): string {
  if (Array.isArray(object)) return 'an array'
  return readString(read(object, 'constructor'), 'name') || 'an object'
}

/** The names of an object's methods. No getter runs. @internal */
export function methodNames(object: object): string[] {
  const names = chainOf(object)
    .filter((link) => link !== Object.prototype)
    .flatMap((link) => Object.entries(descriptorsOf(link)))
    .filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
    .map(([name]) => name)
  return [...new Set(names)]
}

/** The object and its prototypes. */
function chainOf(value: unknown): object[] {
  const chain: object[] = []
  let next: unknown = value
  try {
    while (typeof next === 'object' && next !== null && chain.length < MAX_DEPTH) {
      chain.push(next)
      next = Object.getPrototypeOf(next)
    }
  } catch {
    // A proxy that refuses.
  }
  return chain
}

function descriptorsOf(object: object): Record<string, PropertyDescriptor> {
  try {
    return Object.getOwnPropertyDescriptors(object)
  } catch {
    return {}
  }
}
