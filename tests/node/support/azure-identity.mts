import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  AuthorizationCodeCredential,
  AzureCliCredential,
  ChainedTokenCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  EnvironmentCredential,
  OnBehalfOfCredential,
  UsernamePasswordCredential,
  WorkloadIdentityCredential,
} from '@azure/identity'
import type { TokenCredential } from 'drivebell'
import { CERTIFICATE } from './certificate.mjs'
import type { IdentityService } from './identity.mjs'

export const SCOPES = ['https://graph.microsoft.com/.default']

declare global {
  /** A type of browsers, in the declarations of msal. */
  interface JsonWebKey {
    kty?: string
  }
}

const TENANT = 'tenant.example'

/** What every class takes. Without the library's own retries, which take ten seconds. */
export function commonOptions(identity: IdentityService) {
  return {
    authorityHost: identity.url,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: identity.ca },
    retryOptions: { maxRetries: 0 },
  }
}

/** A credential, and how often it has asked a person. */
export interface Asking {
  credential: TokenCredential
  asked(): number
}

export function deviceCode(identity: IdentityService, options: object = {}): Asking {
  let asked = 0
  const credential = new DeviceCodeCredential({
    ...commonOptions(identity),
    tenantId: 'organizations',
    clientId: 'app',
    userPromptCallback: () => {
      asked += 1
    },
    ...options,
  })
  return { credential, asked: () => asked }
}

const asksNobody = (credential: TokenCredential): Asking => ({ credential, asked: () => 0 })

export type Make = (identity: IdentityService) => Promise<Asking>

/** Those with which a user signs in. */
export const OF_USERS: Record<string, Make> = {
  DeviceCodeCredential: async (identity) => deviceCode(identity),
  'ChainedTokenCredential with a DeviceCodeCredential': async (identity) => {
    const { credential, asked } = deviceCode(identity)
    // It reads variables that the process does not have.
    const chain = new ChainedTokenCredential(new EnvironmentCredential(commonOptions(identity)), credential as never)
    return { credential: chain, asked }
  },
  UsernamePasswordCredential: async (identity) =>
    asksNobody(
      new UsernamePasswordCredential('organizations', 'app', 'alex@contoso.com', 'p', commonOptions(identity)),
    ),
  AuthorizationCodeCredential: async (identity) =>
    asksNobody(
      new AuthorizationCodeCredential('organizations', 'app', 'a code', 'http://localhost', commonOptions(identity)),
    ),
  OnBehalfOfCredential: async (identity) =>
    asksNobody(
      new OnBehalfOfCredential({
        ...commonOptions(identity),
        tenantId: TENANT,
        clientId: 'app',
        clientSecret: 's',
        userAssertionToken: await identity.userToken(),
      }),
    ),
}

const { PATH } = process.env

/** The credential of the command `az`, which is the process's one. */
export async function azureCli(identity: IdentityService): Promise<Asking> {
  process.env.PATH = `${folderWithAz(identity)}${delimiter}${PATH}`
  return asksNobody(new AzureCliCredential())
}

/** Those of an application alone. */
export const OF_APPLICATIONS: Record<string, (identity: IdentityService) => TokenCredential> = {
  ClientSecretCredential: (identity) => new ClientSecretCredential(TENANT, 'app', 's', commonOptions(identity)),
  ClientAssertionCredential: (identity) =>
    new ClientAssertionCredential(TENANT, 'app', async () => 'an assertion', commonOptions(identity)),
  ClientCertificateCredential: (identity) =>
    new ClientCertificateCredential(TENANT, 'app', { certificate: CERTIFICATE }, commonOptions(identity)),
  WorkloadIdentityCredential: (identity) => {
    const tokenFilePath = join(mkdtempSync(join(tmpdir(), 'drivebell-')), 'token')
    writeFileSync(tokenFilePath, 'an assertion')
    return new WorkloadIdentityCredential({
      ...commonOptions(identity),
      tenantId: TENANT,
      clientId: 'app',
      tokenFilePath,
    })
  },
  EnvironmentCredential: (identity) => {
    Object.assign(process.env, { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: 'app', AZURE_CLIENT_SECRET: 's' })
    const credential = new EnvironmentCredential(commonOptions(identity))
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET']) delete process.env[name]
    return credential
  },
}

/** A command `az` that signs in to the service, and fails in the words of the real one. */
function folderWithAz({ simulator }: IdentityService): string {
  const folder = mkdtempSync(join(tmpdir(), 'drivebell-'))
  const form = new URLSearchParams({
    grant_type: 'password',
    client_id: 'app',
    username: 'alex@contoso.com',
    password: 'p',
    scope: 'https://graph.microsoft.com/Files.Read',
  })
  const program = `#!${process.execPath}
    const fail = (text) => {
      console.error('ERROR: ' + text)
      process.exit(1)
    }
    fetch('${simulator.baseUrl}/organizations/oauth2/v2.0/token', { method: 'POST', body: new URLSearchParams('${form}') }).then(
      async (response) => {
        if (response.status >= 500 || response.status === 429) fail('HTTP Error ' + response.status + ': Retry later')
        const answer = await response.json()
        if (answer.error) fail(answer.error_description + '\\nInteractive authentication is needed. Please run:\\naz logout\\naz login')
        const expires_on = Math.floor(Date.now() / 1_000) + answer.expires_in
        console.log(JSON.stringify({ accessToken: answer.access_token, expires_on, tokenType: 'Bearer' }))
      },
      () =>
        fail(
          "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /x " +
            "(Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: " +
            "Failed to establish a new connection: [Errno 111] Connection refused'))",
        ),
    )`
  const file = join(folder, 'az')
  writeFileSync(file, program)
  chmodSync(file, 0o755)
  return folder
}
