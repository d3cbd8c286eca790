import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import type { NativeError } from './runtime/addon'

/** What OpenSSL, and so Node, says of a certificate that is not trusted. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: "Hostname/IP does not match certificate's altnames",
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CERT_REVOKED: 'certificate revoked',
  CERT_REJECTED: 'certificate rejected',
}

/** The number of libuv for a name without an address, which `os.constants` lacks. */
const UV_ENOTFOUND = -3008

/** Why the network failed, as an error like those of Node itself. @internal */
export function networkCause(error: NativeError, inner: ErrorOptions | undefined): Error {
  const { host, port, osError } = error
  const code = codeOf(error.systemCode as string, osError)
  const problem = CERTIFICATE_PROBLEMS[code]
  if (problem) return Object.assign(new Error(problem, inner), { code, host, port })
  if (code === 'ENOTFOUND') {
    const cause = new Error(`getaddrinfo ENOTFOUND ${host}`, inner)
    return Object.assign(cause, { code, errno: UV_ENOTFOUND, syscall: 'getaddrinfo', hostname: host })
  }
  const number = (constants.errno as Record<string, number>)[code]
  // Of TLS, or of a proxy: the system has no part in it.
  if (number === undefined || code === 'EPROTO')
    return Object.assign(new Error(error.message, inner), { code, host, port })
  const syscall = code === 'ECONNRESET' ? 'read' : 'connect'
  const cause = new Error(`${syscall} ${code} ${host}:${port}`, inner)
  return Object.assign(cause, { code, errno: -number, syscall, address: host, port })
}

/** The system's own name for an error that the core does not tell from others. */
function codeOf(code: string, osError: number | undefined): string {
  if (code !== 'EIO' || osError === undefined || process.platform === 'win32') return code
  return getSystemErrorName(-osError)
}
