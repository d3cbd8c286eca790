import { typeName } from '../check'
import { TOKEN_FIELDS } from './credential'

/** A token from whatever a credential returned. Times are in milliseconds since 1970. @internal */
export interface ReadToken {
  readonly token: string
  readonly expiresAt?: number | undefined
  readonly refreshAt?: number | undefined
}

/** A problem with what the credential returned; its message contains no secret. @internal */
export class UnusableAnswer extends TypeError {
  readonly #brand = true

  /** Unlike `instanceof`, it runs no code of the value. */
  static is(value: unknown): boolean {
    return typeof value === 'object' && value !== null && #brand in value
  }
}

/**
 * Reads what a credential returned: the forms of `@azure/identity`, of msal-node and of a token endpoint.
 *
 * @throws what was returned, if it is an OAuth error; otherwise {@link UnusableAnswer}.
 * @internal
 */
export function readAnswer(returned: unknown): ReadToken {
  if (typeof returned === 'string') return { token: returned }
  if (returned === null || returned === undefined) {
    throw new UnusableAnswer(`it returned ${returned}: it has no token for these scopes`)
  }
  if (typeof returned !== 'object' || Array.isArray(returned)) {
    throw new UnusableAnswer(`it returned ${typeName(returned)}, not a token`)
  }
  const answer = returned as Record<string, unknown>
  const field = TOKEN_FIELDS.find((field) => answer[field] !== undefined)
  if (!field) throw withoutToken(answer)
  const token = answer[field]
  if (typeof token !== 'string') {
    throw new UnusableAnswer(`it returned an object whose ${field} is ${typeName(token)}, not a string`)
  }
  return { token, expiresAt: timeIn(answer, EXPIRY), refreshAt: timeIn(answer, REFRESH) }
}

function withoutToken(answer: Record<string, unknown>): unknown {
  if (typeof answer.error === 'string') return answer
  const fields = Object.keys(answer).slice(0, 8).join(', ') || 'none'
  return new UnusableAnswer(`it returned an object without ${TOKEN_FIELDS.join(', ')}; its fields: ${fields}`)
}

/** How each field says when: what it must be, and the conversion, which returns NaN for anything else. */
type TimeFields = Record<string, [what: string, toUnixMilliseconds: (value: unknown) => number]>

const TIMESTAMP: TimeFields[string] = [
  'a number of milliseconds since 1970',
  (value) => (typeof value === 'number' ? value : Number.NaN),
]
const DATE: TimeFields[string] = ['a Date', (value) => (value instanceof Date ? value.getTime() : Number.NaN)]
const SECONDS: TimeFields[string] = [
  'a number of seconds',
  (value) => {
    const isDecimal = typeof value === 'string' && /^\d{1,15}(\.\d+)?$/.test(value)
    return Date.now() + (typeof value === 'number' || isDecimal ? Number(value) * 1_000 : Number.NaN)
  },
]

const EXPIRY: TimeFields = { expiresOnTimestamp: TIMESTAMP, expiresOn: DATE, expires_in: SECONDS }
const REFRESH: TimeFields = { refreshAfterTimestamp: TIMESTAMP, refreshOn: DATE, refresh_in: SECONDS }

function timeIn(answer: Record<string, unknown>, fields: TimeFields): number | undefined {
  for (const [field, [what, toUnixMilliseconds]] of Object.entries(fields)) {
    const value = answer[field]
    // msal-node says null where it does not know.
    if (value === undefined || (value === null && toUnixMilliseconds === DATE[1])) continue
    const time = toUnixMilliseconds(value)
    if (!Number.isFinite(time)) throw new UnusableAnswer(`it returned an object whose ${field} is not ${what}`)
    return time
  }
  return undefined
}
