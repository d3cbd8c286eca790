import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { within } from './deadline.mjs'
import { Simulator } from './simulator.mjs'

interface Observed {
  /** How many device codes were issued. */
  prompts: number
  tokenRequests: { grant_type: string; outcome: string; cae: boolean; atMicros: number }[]
}

/** Of access tokens, in seconds. */
const LIFETIME = 2

/** A simulator whose identity service is reached over TLS, as the identity libraries insist on. */
export class IdentityService {
  readonly simulator: Simulator
  readonly url: string
  /** The file with its certificate authority, as PEM. */
  readonly caFile: string

  private constructor(simulator: Simulator, url: string, caFile: string) {
    this.simulator = simulator
    this.url = url
    this.caFile = caFile
  }

  static async start(...options: string[]): Promise<IdentityService> {
    const caFile = join(mkdtempSync(join(tmpdir(), 'drivebell-')), 'ca.pem')
    const lifetime = ['--access-token-lifetime', String(LIFETIME)]
    const identity = ['--identity-tls-port', '0', '--identity-ca', caFile, '--device-code-interval', '0']
    const simulator = await Simulator.start('simulator', ...identity, ...lifetime, ...options)
    const line = await within(simulator.line(), 'the address of the identity service')
    return new IdentityService(simulator, line.replace('identity on ', ''), caFile)
  }

  /** One that runs already, for another process. */
  static at({ baseUrl, url, caFile }: IdentityService['address']): IdentityService {
    return new IdentityService(Simulator.at(baseUrl), url, caFile)
  }

  /** How another process finds it. */
  get address() {
    return { baseUrl: this.simulator.baseUrl, url: this.url, caFile: this.caFile }
  }

  /** The certificate authority, as PEM. */
  get ca(): string {
    return readFileSync(this.caFile, 'utf8')
  }

  async observed(): Promise<Observed> {
    return (await this.simulator.control('GET', 'identity')) as Observed
  }

  async approve(): Promise<void> {
    await this.simulator.control('POST', 'identity/approve')
  }

  /** Revokes what users have: refresh tokens, and access tokens of clients that handle claims challenges. */
  async revoke(): Promise<void> {
    await this.simulator.control('POST', 'identity/revoke')
  }

  /** A user's access token, as an API that acts on behalf of the user has one. */
  async userToken(): Promise<string> {
    const response = await fetch(`${this.simulator.baseUrl}/organizations/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'app',
        username: 'alex@contoso.com',
        password: 'p',
        scope: 'https://graph.microsoft.com/Files.Read',
      }),
    })
    return ((await response.json()) as { access_token: string }).access_token
  }

  /** Waits until the last token that it issued has expired for libraries too, which round to the next second. */
  async expired(): Promise<void> {
    const { tokenRequests } = await this.observed()
    const issued = tokenRequests.filter(({ outcome }) => outcome === 'issued').map(({ atMicros }) => atMicros / 1_000)
    const rest = Math.max(0, ...issued) + (LIFETIME + 1) * 1_000 - Date.now()
    await new Promise((resolve) => setTimeout(resolve, rest))
  }

  /** Makes every session need another endpoint, and thus a token, once their last one has expired. */
  async endEndpoints(): Promise<void> {
    await this.simulator.fault('{"action":{"expire":{"ms":1,"then":"drop","announced":false}},"when":"now"}')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.simulator.kill()
  }
}
