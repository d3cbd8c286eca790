import { typeName } from '../check'
import type { NativeFailure } from '../runtime/addon'
import { classNames, errorsOf, read, readString } from './inspect'
import { outageOf } from './renewal'
import { UnusableAnswer } from './token-answer'

/** How many names and texts are passed on. */
const MAX_TEXTS = 40

/** The OAuth error code for an outage of the identity service. */
const OUTAGE = 'temporarily_unavailable'

/** How much of a text is passed on. The identity service's messages are shorter. */
const MAX_TEXT = 4_000

/** What a credential threw, for the core to judge. */
type Description = Omit<NativeFailure, 'id'>

const UNREADABLE: Description = { classNames: [], text: 'it threw a broken object', causes: [], isMisuse: false }

/** Describes what a credential threw. Whatever that is, this does not throw. @internal */
export function describeThrown(thrown: unknown): Description {
  try {
    return description(thrown)
  } catch {
    // A revoked proxy, for instance.
    return UNREADABLE
  }
}

function description(thrown: unknown): Description {
  const errors = errorsOf(thrown)
  const [text, ...causes] = errors.flatMap(textsOf)
  const outage = outageOf(errors)
  const oauthError = outage ? OUTAGE : errors.map(oauthErrorOf).find((code) => code !== undefined)
  return {
    classNames: errors.flatMap(classNames).slice(0, MAX_TEXTS),
    text: outage ?? text ?? `it threw ${typeName(thrown)}`,
    causes: causes.slice(0, MAX_TEXTS),
    ...(oauthError !== undefined && { oauthError }),
    isMisuse: UnusableAnswer.is(thrown),
  }
}

/** Its message first. */
function textsOf(error: unknown): string[] {
  if (typeof error === 'string') return [error.slice(0, MAX_TEXT)]
  const descriptions = responsesOf(error).flatMap((response) => [
    readString(response, 'error_description'),
    readString(response, 'errorDescription'),
  ])
  return [readString(error, 'message'), ...descriptions, readString(error, 'code')]
    .filter((text) => text !== undefined && text !== '')
    .map((text) => (text as string).slice(0, MAX_TEXT))
}

/** The OAuth error code, which each library puts elsewhere. `errorCode` is msal-node's. */
function oauthErrorOf(error: unknown): string | undefined {
  const codes = [readString(error, 'errorCode'), ...responsesOf(error).map((response) => readString(response, 'error'))]
  return codes.find((code) => code !== undefined && code !== '')?.slice(0, 100)
}

/** Where an error may have the fields of an OAuth response: itself, `@azure/identity`, HTTP libraries. */
function responsesOf(error: unknown): unknown[] {
  if (typeof error !== 'object') return []
  return [error, read(error, 'errorResponse'), read(read(error, 'response'), 'data'), read(error, 'body')]
}
