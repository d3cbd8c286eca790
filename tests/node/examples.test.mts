/** Runs the examples in Node that need nothing but drivebell, as their user does. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until, within } from './support/deadline.mjs'
import { change, upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const FOLDER = fileURLToPath(new URL('../../../examples', import.meta.url))

/** A running example. */
class Example implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  /** What it has printed, as far as it was read. */
  readonly output: string[] = []

  constructor(simulator: Simulator, cwd: string, name: string, ...args: string[]) {
    const child = spawn(process.execPath, [join(FOLDER, name), ...args], {
      cwd,
      env: { ...process.env, GRAPH_URL: simulator.baseUrl, GRAPH_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr.on('data', (text) => this.output.push(String(text)))
    this.#child = child
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  }

  /** Takes lines up to this one. */
  async line(expected: string): Promise<void> {
    const reach = async () => {
      for (let line = await this.#lines.next(); !line.done; line = await this.#lines.next()) {
        this.output.push(line.value)
        if (line.value === expected) return
      }
      throw new Error(`it ended without ${expected}: ${this.output}`)
    }
    await within(reach(), `${expected} after ${this.output}`)
  }

  /** How it ends by a signal. */
  async stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code, by] = await within(ended, 'the end')
    return code ?? by
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
  }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
  try {
    await run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const ENDS = [
  ['SIGINT', 0],
  ['SIGTERM', 0],
  ['SIGKILL', 'SIGKILL'],
] as const

for (const [signal, end] of ENDS) {
  it(`resume goes on where it stopped by ${signal}`, () =>
    inFolder(async (folder) => {
      await using simulator = await Simulator.start('simulator', '--seed', 'b!me=50')
      {
        await using example = new Example(simulator, folder, 'node/resume.mjs', 'checkpoint')
        await example.line('up to date')
        await upload(simulator, 'while-it-runs.txt')
        await example.line('changed while-it-runs.txt')
        await example.line('up to date')
        assert.equal(await example.stop(signal), end)
        assert(!example.output.some((line) => line.includes('file-')), String(example.output))
      }
      await upload(simulator, 'while-it-was-stopped.txt')
      await change(simulator, 'DELETE', '/root:/while-it-runs.txt:')
      await using example = new Example(simulator, folder, 'node/resume.mjs', 'checkpoint')
      await example.line('up to date')
      assert(example.output.includes('changed while-it-was-stopped.txt'), String(example.output))
      // A business drive does not give the name of what is deleted.
      assert(
        example.output.some((line) => line.startsWith('deleted ')),
        String(example.output),
      )
      assert(!example.output.some((line) => line.includes('file-')), String(example.output))
    }))
}

it('many drives go into one file, and a refused one does not end the others', () =>
  inFolder(async (folder) => {
    await using simulator = await Simulator.start('simulator', '--seed', 'b!me=20', '--seed', 'b!team=20')
    const start = () => new Example(simulator, folder, 'node/many-drives.mjs', 'drives.db', 'b!me', 'b!team', 'b!none')
    {
      await using example = start()
      await upload(simulator, 'mine.txt')
      await example.line('/drives/b!me/root created /mine.txt')
      const refused = () => example.output.some((text) => text.includes('/drives/b!none/root has ended:'))
      await until(refused, 'the refusal')
      assert.equal(await example.stop('SIGTERM'), 0)
    }
    await change(simulator, 'DELETE', '/root:/mine.txt:')
    await using example = start()
    await example.line('/drives/b!me/root deleted /mine.txt')
    // What it said before comes once more at most: the last change.
    const again = example.output.filter((line) => line.includes(' created '))
    assert(again.length <= 1, String(again))
  }))

it('of two processes that share drives, one is killed, and the other takes over', () =>
  inFolder(async (folder) => {
    await using simulator = await Simulator.start('simulator')
    const start = (name: string) =>
      new Example(simulator, folder, 'fleet/sqlite/worker.mjs', 'drives.db', name, 'b!me', 'b!team')
    await using one = start('one')
    await one.line('one follows 2 of 2 drives')
    await using two = start('two')
    await two.line('two follows 1 of 2 drives')
    assert.equal(await one.stop('SIGKILL'), 'SIGKILL')
    await two.line('two follows 2 of 2 drives')
    await upload(simulator, 'mine.txt')
    await two.line('/drives/b!me/root changed mine.txt')
    assert.equal(await two.stop('SIGTERM'), 0)
    await upload(simulator, 'later.txt')
    await using three = start('three')
    await three.line('/drives/b!me/root changed later.txt')
    assert.equal(await three.stop('SIGTERM'), 0)
  }))
