import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Ended } from './child.mjs'
import { within } from './deadline.mjs'
import type { Simulator } from './simulator.mjs'
import { TOKEN } from './simulator.mjs'

const PACKAGE = createRequire(import.meta.url).resolve('drivebell/package.json')
const { bin } = createRequire(import.meta.url)(PACKAGE) as { bin: { drivebell: string } }

/** The file behind the package's command `drivebell`. */
export const COMMAND = join(dirname(PACKAGE), bin.drivebell)

/** In milliseconds. Long enough for a busy machine; only a failing test waits this long. */
const TIMEOUT = 30_000

/** A line of the command's output. */
export interface Line {
  type: string
  [field: string]: unknown
}

/** A running command whose output is lines of JSON. */
export class Command {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<Omit<Ended, 'stdout'>>

  constructor(simulator: Pick<Simulator, 'baseUrl'>, words: readonly string[], env: Record<string, string> = {}) {
    const args = [COMMAND, ...words, '--base-url', simulator.baseUrl]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, DRIVEBELL_TOKEN: TOKEN, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT,
      killSignal: 'SIGKILL',
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    this.#child = child
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    this.#ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => resolve({ code, signal, stderr }))
    })
  }

  /** Its next line. */
  async line(): Promise<Line> {
    const { done, value } = await within(this.#lines.next(), 'a line', TIMEOUT)
    if (done) throw new Error(`the output has ended: ${JSON.stringify(await this.#ended)}`)
    return JSON.parse(value)
  }

  /** The names of the items up to the line that is caught up. */
  async caughtUp(): Promise<string[]> {
    const names: string[] = []
    for (;;) {
      const line = await this.line()
      if (line.type === 'item') names.push((line.item as { name: string }).name)
      else if (line.caught_up === true) return names
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Closes its output, as a reader that exits does. */
  hangUp(): void {
    this.#child.stdout?.destroy()
  }

  /** How it ended, with the output that was not read as a line. */
  async end(): Promise<Ended> {
    const rest: string[] = []
    if (!this.#child.stdout?.destroyed) {
      for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next()) rest.push(line.value)
    }
    return { ...(await within(this.#ended, 'the end', TIMEOUT)), stdout: rest.join('\n') }
  }
}
