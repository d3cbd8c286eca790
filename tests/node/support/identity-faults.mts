/** What can be wrong with the identity service, as faults of simulator/README.md. */

export const HANGS = 'that never answers'

/** msal then sends no request for a minute. */
export const PAUSES_MSAL = 'that says it is out of order'

export const OUTAGES: Record<string, string> = {
  'that cannot be reached': 'reset,on=identity',
  [HANGS]: 'hold,on=identity',
  'that is overloaded': 'answer=503,on=identity',
  'that throttles': 'answer=429,retryAfter=1,on=identity',
  [PAUSES_MSAL]: 'answer=503,code=temporarily_unavailable,on=token',
  'behind a broken proxy': '{"action":{"answer":{"status":502,"body":"<html>Bad Gateway</html>"}},"on":"identity"}',
}

/** It gives device codes, but no tokens. */
export const NO_TOKENS = 'answer=503,on=token'

/** A refusal, and what the error must say. */
export interface Refusal {
  fault: string
  code: string
  number: string
}

export const REFUSALS: Record<string, Refusal> = {
  'because the login was revoked': {
    fault: 'answer=400,code=invalid_grant,on=token',
    code: 'invalid_grant',
    number: 'AADSTS70008',
  },
  'because another factor is required': {
    fault: 'answer=400,code=interaction_required,on=token',
    code: 'interaction_required',
    number: 'AADSTS50076',
  },
  'because the client is wrong': {
    fault: 'answer=401,code=invalid_client,on=token',
    code: 'invalid_client',
    number: 'AADSTS7000215',
  },
}
