import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { clearTimeout, setTimeout } from '../runtime/timers'
import { SimulatorError } from './simulator-error'

const PACKAGE = 'drivebell-simulator'
/** Names the program, instead of the installed one. */
const VARIABLE = 'DRIVEBELL_SIMULATOR'
/** How much of its stderr an error may hold. */
const MAX_STDERR = 10_000

/** The path of the simulator. */
function program(): string {
  const named = process.env[VARIABLE]
  if (named !== undefined) {
    if (!existsSync(named)) throw new SimulatorError(`the environment's ${VARIABLE} names ${named}, which is no file`)
    return named
  }
  let found: string
  try {
    // The second place is for a package that is linked into a project.
    found = require.resolve(PACKAGE, { paths: [__dirname, process.cwd()] })
  } catch (cause) {
    const message =
      `the simulator is not installed: run \`npm install --save-dev ${PACKAGE}\`, ` +
      `or name the program in the environment's ${VARIABLE}`
    throw new SimulatorError(message, { cause })
  }
  try {
    return (require(found) as { program(): string }).program()
  } catch (cause) {
    throw new SimulatorError((cause as Error).message, { cause })
  }
}

/** A running simulator, which has printed its address. It ends with this process: its stdin closes then. @internal */
export class SimulatorProcess {
  readonly baseUrl: string
  readonly #child: ChildProcess

  private constructor(baseUrl: string, child: ChildProcess) {
    this.baseUrl = baseUrl
    this.#child = child
    // A test that forgets to close it may end.
    child.unref()
    // Bun's have none.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Partial<Socket> | null)?.unref?.()
  }

  static async start(options: readonly string[], timeout: number): Promise<SimulatorProcess> {
    const child = spawn(program(), ['--exit-with-stdin', ...options], {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    // A write to a process that has ended; nobody writes.
    child.stdin.on('error', () => {})
    const baseUrl = await new Promise<string>((resolve, reject) => {
      let printed = ''
      let complained = ''
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(failure(`within ${timeout} ms`, complained))
      }, timeout)
      child.stderr.on('data', (chunk) => {
        complained = (complained + chunk).slice(0, MAX_STDERR)
      })
      child.stdout.on('data', (chunk) => {
        printed += chunk
        const address = /^listening on (\S+)\r?\n/.exec(printed)?.[1]
        if (!address) return
        clearTimeout(timer)
        child.stdout.removeAllListeners('data').resume()
        resolve(address)
      })
      child.on('error', (cause) => {
        clearTimeout(timer)
        reject(new SimulatorError(`the simulator does not start: ${cause.message}`, { cause }))
      })
      // `close` and not `exit`: all output has arrived.
      child.on('close', () => {
        clearTimeout(timer)
        reject(failure('', complained || printed))
      })
    })
    return new SimulatorProcess(baseUrl, child)
  }

  /** Ends the process, and waits for that. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.destroy()
  }
}

function failure(when: string, output: string): SimulatorError {
  const said = output.trim() || 'it said nothing'
  return new SimulatorError(`the simulator did not start${when && ` ${when}`}: ${said}`)
}
