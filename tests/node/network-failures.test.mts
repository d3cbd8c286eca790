/** The network fails: the error says why, at which host and port, and its cause is like an error of Node's own. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { Client, type ClientOptions, type DrivebellError, Resource } from 'drivebell'
import { AUTHORITY, EARLY, EXPIRED, OTHER_NAME, SELF_SIGNED, TRUSTED } from './support/authority.mjs'
import { runModule } from './support/child.mjs'
import { within } from './support/deadline.mjs'
import { failure } from './support/drivebell.mjs'
import { TOKEN } from './support/simulator.mjs'

let folder: string
let authority: string

before(async () => {
  // Those of the machine that runs the tests.
  for (const variable of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']) delete process.env[variable]
  folder = await mkdtemp(join(tmpdir(), 'drivebell-authority-'))
  authority = join(folder, 'authority.pem')
  await writeFile(authority, AUTHORITY)
})
after(() => rm(folder, { recursive: true }))

async function errorOf(baseUrl: string, options: Partial<ClientOptions> = {}): Promise<DrivebellError> {
  await using client = new Client({ credential: TOKEN, baseUrl, retryTimeout: 0, ...options })
  return await within(failure(client.endpoint(Resource.myDrive())), 'the failure')
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The port of a server whose certificate, with its key, is this one. */
async function serving(pem: string, use: (port: number) => Promise<void>): Promise<void> {
  const server = createTlsServer({ key: pem, cert: pem }, (socket) => socket.end('HTTP/1.1 418 Trusted\r\n\r\n'))
  server.on('tlsClientError', () => {})
  try {
    await use(await listening(server))
  } finally {
    server.close()
  }
}

/** What Node's own client says of a server. */
async function errorOfNode(url: string, ca: string | undefined): Promise<NodeJS.ErrnoException> {
  const request = get(url, { ca, agent: false })
  const [error] = await once(request, 'error').catch((error) => [error])
  return error as NodeJS.ErrnoException
}

interface Cause extends NodeJS.ErrnoException {
  address?: string
  hostname?: string
  port?: number
}

it('a closed port refuses', async () => {
  const server = createServer()
  const port = await listening(server)
  server.close()
  const error = await errorOf(`http://127.0.0.1:${port}`)
  assert.equal(error.code, 'ERR_DRIVEBELL_CONNECTION_FAILED')
  assert.deepEqual([error.reason, error.host, error.port], ['connection_refused', '127.0.0.1', port])
  assert.match(error.message, /^127\.0\.0\.1:\d+ could not be reached: connection refused; check the address/)
  assert(error.cause instanceof Error)
  const { code, errno, syscall, address, message } = error.cause as Cause
  const ofNode = await errorOfNode(`https://127.0.0.1:${port}`, undefined)
  assert.deepEqual([code, errno, syscall, message], [ofNode.code, ofNode.errno, ofNode.syscall, ofNode.message])
  assert.equal(address, '127.0.0.1')
})

it('a name without an address is not found', async () => {
  const error = await errorOf('https://graph.invalid')
  assert.deepEqual([error.reason, error.host, error.port], ['host_not_found', 'graph.invalid', 443])
  const { code, syscall, hostname, message } = error.cause as Cause
  assert.deepEqual([code, syscall, hostname], ['ENOTFOUND', 'getaddrinfo', 'graph.invalid'])
  assert.equal(message, 'getaddrinfo ENOTFOUND graph.invalid')
})

it('a connection that ends before the answer is a reset', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end()))
  const port = await listening(server)
  const error = await errorOf(`http://127.0.0.1:${port}`)
  server.close()
  assert.equal(error.reason, 'connection_closed')
  assert.equal((error.cause as Cause).code, 'ECONNRESET')
})

it('an answer that does not come is a timeout', async () => {
  const server = createServer()
  const port = await listening(server)
  const error = await errorOf(`http://127.0.0.1:${port}`, { requestTimeout: 50 })
  server.close()
  assert.equal(error.code, 'ERR_DRIVEBELL_TIMEOUT')
  assert.deepEqual([error.reason, error.port], ['timed_out', port])
  assert.equal((error.cause as Cause).code, 'ETIMEDOUT')
})

describe('a certificate', () => {
  for (const [name, pem, reason, expected, says] of [
    ['has expired', EXPIRED, 'certificate_expired', 'CERT_HAS_EXPIRED', /it expired at 2021-01-01/],
    ['is not valid yet', EARLY, 'certificate_not_yet_valid', 'CERT_NOT_YET_VALID', /it is not valid before 2110-01-01/],
    [
      'is for another name',
      OTHER_NAME,
      'certificate_wrong_name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      /it is for graph\.example, not for localhost/,
    ],
    ['is self-signed', SELF_SIGNED, 'certificate_self_signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', /it is self-signed/],
    [
      'is of an unknown authority',
      TRUSTED,
      'certificate_unknown_issuer',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      /its issuer is unknown/,
    ],
    [
      'comes with an unknown authority',
      `${TRUSTED}${AUTHORITY}`,
      'certificate_self_signed_in_chain',
      'SELF_SIGNED_CERT_IN_CHAIN',
      /unknown authority/,
    ],
  ] as const) {
    it(`that ${name} has the code that Node gives it`, async () => {
      const isKnown = reason !== 'certificate_unknown_issuer' && reason !== 'certificate_self_signed_in_chain'
      await serving(pem, async (port) => {
        const url = `https://localhost:${port}`
        const error = await errorOf(url, isKnown ? { caBundle: authority } : {})
        assert.deepEqual([error.reason, error.host, error.port], [reason, 'localhost', port])
        assert.match(error.message, says)
        const { code } = error.cause as Cause
        assert.equal(code, expected)
        // Deno's own client has other codes.
        if (process.versions.deno) return
        assert.equal(code, (await errorOfNode(url, isKnown ? AUTHORITY : undefined)).code)
      })
    })
  }
})

describe('certificates of the environment', () => {
  const endpoint = `
    import { Client, Resource } from 'drivebell'
    const client = new Client({ credential: 't', baseUrl: process.env.URL, retryTimeout: 0 })
    const error = await client.endpoint(Resource.myDrive()).catch((error) => error)
    console.log(JSON.stringify({ status: error.status, reason: error.reason }))
  `

  async function outcome(env: Record<string, string>): Promise<{ status?: number; reason?: string; stderr: string }> {
    let ended = { stdout: '', stderr: '' }
    await serving(TRUSTED, async (port) => {
      const url = `https://localhost:${port}`
      ended = await runModule(endpoint, { URL: url, ...env })
    })
    return { ...JSON.parse(ended.stdout), stderr: ended.stderr }
  }

  for (const variable of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']) {
    it(`of ${variable} are trusted`, async () => {
      const { status } = await outcome({ [variable]: variable === 'SSL_CERT_DIR' ? folder : authority })
      assert.equal(status, 418)
    })
  }

  it('of NODE_EXTRA_CA_CERTS are trusted beside the others', async () => {
    const other = join(folder, 'other.pem')
    await writeFile(other, SELF_SIGNED)
    assert.equal((await outcome({ NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: other })).status, 418)
    assert.equal((await outcome({ SSL_CERT_FILE: other })).reason, 'certificate_unknown_issuer')
    await rm(other)
  })

  it('that cannot be read are warned of, as Node does', async () => {
    const { reason, stderr } = await outcome({ NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' })
    assert.equal(reason, 'certificate_unknown_issuer')
    assert.match(stderr, /Ignoring extra certificates: NODE_EXTRA_CA_CERTS: \/nowhere\/ca\.pem cannot be read/)
  })

  it('of SSL_CERT_FILE that cannot be read are an error by name', async () => {
    // In a process of its own: what Bun's `process.env` is given stays there.
    const program = `
      import { Client } from 'drivebell'
      try { new Client({ credential: 't' }) } catch (error) { console.log(error.message) }
    `
    const { stdout } = await runModule(program, { SSL_CERT_FILE: '/nowhere/ca.pem' })
    assert.match(stdout, /SSL_CERT_FILE names \/nowhere\/ca\.pem/)
  })
})
