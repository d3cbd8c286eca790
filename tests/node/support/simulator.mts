import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { within } from './deadline.mjs'
import { programOf, type Service } from './services.mjs'

export const TOKEN = 'simulated-token'

export interface RecordedRequest {
  method: string
  path: string
  headers: [name: string, value: string][]
}

interface Running {
  baseUrl: string
  /** What it printed after that. */
  lines: AsyncIterator<string>
  process: ChildProcess
}

type AtAddress = Pick<Running, 'baseUrl'> & { [other in Exclude<keyof Running, 'baseUrl'>]?: undefined }

async function run(service: Service, port: string, options: readonly string[]): Promise<Running> {
  const [program, ...before] = programOf(service)
  const args = [...before, '--port', port, '--token', TOKEN, '--exit-with-stdin', ...options]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const line = lines.next().then(({ value }) => String(value))
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${service} exited with ${code}`)
  })
  failed.catch(() => {})
  const address = await within(Promise.race([line, failed]), `${service} starts`)
  return { baseUrl: address.replace('listening on ', ''), lines, process: child }
}

/** A service in its own process. The options are those of the simulator's command line. */
export class Simulator {
  readonly baseUrl: string
  readonly #service: Service
  readonly #options: readonly string[]
  /** Of another process if undefined. */
  #process: ChildProcess | undefined

  readonly #lines: AsyncIterator<string> | undefined

  private constructor(service: Service, options: readonly string[], { baseUrl, lines, process }: Running | AtAddress) {
    this.#service = service
    this.#options = options
    this.baseUrl = baseUrl
    this.#lines = lines
    this.#process = process
  }

  static async start(service: Service, ...options: string[]): Promise<Simulator> {
    return new Simulator(service, options, await run(service, '0', options))
  }

  /** One that another process has started. */
  static at(baseUrl: string): Simulator {
    return new Simulator('simulator', [], { baseUrl })
  }

  /** Starts the killed service again at the same address, without its former state. */
  async restart(): Promise<void> {
    this.#process = (await run(this.#service, new URL(this.baseUrl).port, this.#options)).process
  }

  /** What it prints after its address. */
  async line(): Promise<string> {
    const line = await this.#lines?.next()
    if (!line || line.done) throw new Error('the output has ended')
    return line.value
  }

  /** Sends `count` notifications to every subscriber of the drive. */
  async notify(count = 1, drive = 'b!me'): Promise<void> {
    await this.control('POST', `notify?drive=${encodeURIComponent(drive)}&count=${count}`)
  }

  /** Applies an action of simulator/README.md to every open socket. */
  async end(action: string | object): Promise<void> {
    const acted = await this.fault({ action, when: 'now', on: 'socket' })
    if (acted === 0) throw new Error(`${JSON.stringify(action)} acted on no socket`)
  }

  /** Sets a fault of simulator/README.md. Returns the number of targets on which it acted immediately. */
  async fault(fault: object | string): Promise<number> {
    return ((await this.control('POST', 'faults', fault)) as { acted: number }).acted
  }

  /** Ends all faults. */
  async release(): Promise<void> {
    await this.control('DELETE', 'faults')
  }

  async requests(): Promise<RecordedRequest[]> {
    return (await this.control('GET', 'requests')) as RecordedRequest[]
  }

  /** How many requests for an endpoint it received. */
  async endpointCalls(): Promise<number> {
    return (await this.requests()).filter(({ path }) => path.endsWith('/subscriptions/socketIo')).length
  }

  /** How many sockets are connected. */
  async connected(): Promise<number> {
    return ((await this.control('GET', 'state')) as { connected: number }).connected
  }

  /** Ends the process without closing its sockets first. */
  async kill(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await within(once(this.#process, 'exit'), 'the simulator exits')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  /** Sends a request to its control API. */
  async control(method: string, path: string, body?: object | string): Promise<unknown> {
    const response = await fetch(`${this.baseUrl}/_simulator/${path}`, {
      method,
      ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`)
    const text = await response.text()
    return text && JSON.parse(text)
  }
}
