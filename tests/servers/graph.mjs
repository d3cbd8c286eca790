import { randomUUID } from 'node:crypto'
import { driveAt } from './drives.mjs'
import { CLIENT_STATE, precise } from './event.mjs'

/** Serves the Microsoft Graph routes that a client of notifications uses. */
export function serveGraph(request, response, url, { push, options, users, origin }) {
  const { respond, fail } = responder(request, response)
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const own = users.get(token)
  if (!options.token.includes(token) && own === undefined) {
    const challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    return fail(401, 'InvalidAuthenticationToken', 'Access token is invalid.', {
      'www-authenticate': challenge,
    })
  }
  const [, version, path] = /^\/(v1\.0|beta)(\/.*)$/.exec(url.pathname) ?? []
  const drive = path && driveAt(path, own ? [`/me/drive=${own}`, ...options.alias] : options.alias)
  if (!drive) return fail(404, 'itemNotFound', 'The resource could not be found.')
  if (own !== undefined && drive !== own && [...users.values()].includes(drive)) {
    return fail(403, 'accessDenied', 'Access denied.')
  }
  if (request.method !== 'GET') {
    push.notify(drive)
    return request.method === 'DELETE' ? respond(204) : respond(request.method === 'PUT' ? 201 : 200, {})
  }
  if (!path.endsWith('/subscriptions/socketIo')) return fail(404, 'itemNotFound', 'No such item.')
  if (isAppOnly(token)) return fail(403, 'accessDenied', 'Access denied.')
  if (request.headers['content-type'] !== 'application/json') {
    return fail(400, 'invalidRequest', 'Content-Type must be application/json.')
  }
  respond(200, endpoint(push.issue(drive, Number(options.lifetime) * 1000), { options, origin, version }))
}

/** Functions that send Graph's responses, with its request ids. */
function responder(request, response) {
  const requestId = randomUUID()
  const clientRequestId = request.headers['client-request-id'] ?? requestId
  const respond = (status, value, headers = {}) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'request-id': requestId,
      'client-request-id': clientRequestId,
      ...headers,
    })
    response.end(value === undefined ? '' : JSON.stringify(value))
  }
  const fail = (status, code, message, headers) => {
    const ids = { date: new Date().toISOString().slice(0, 19), 'request-id': requestId }
    const innerError = { ...ids, 'client-request-id': clientRequestId }
    respond(status, { error: { code, message, innerError } }, headers)
  }
  return { respond, fail }
}

/** The description of an endpoint. */
function endpoint(subscription, { options, origin, version }) {
  const observed = options.endpoint === 'observed'
  const location = observed ? 'notifications?token' : 'zbaehwg/callback?snthgk'
  const application = observed ? `&applicationId=${randomUUID()}` : ''
  const secret = encodeURIComponent(subscription.secret)
  return {
    '@odata.context': `https://graph.microsoft.com/${version}/$metadata#subscriptions/$entity`,
    ...(observed && { clientState: CLIENT_STATE, expirationDateTime: precise(subscription.expiresAt) }),
    id: subscription.id,
    notificationUrl: `${origin}/${location}=${secret}${application}`,
  }
}

function isAppOnly(token) {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))
    return claims.idtyp === 'app' || (Array.isArray(claims.roles) && claims.scp === undefined)
  } catch {
    return false
  }
}
