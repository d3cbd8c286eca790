/**
 * Two processes share drives that change all the time, and are killed in turns. `DRIVEBELL_KILLS=200` for more than
 * a few.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until, within } from './support/deadline.mjs'
import { COUNT, startDrives } from './support/shared.mjs'
import type { Simulator } from './support/simulator.mjs'

const KILLS = Number(process.env.DRIVEBELL_KILLS ?? 6)
const PROGRAM = fileURLToPath(new URL('./support/shared-log.mjs', import.meta.url))
const IDS = Array.from({ length: COUNT }, (_, index) => `drive-${String(index + 1).padStart(5, '0')}`)

interface Line {
  readonly drive: string
  readonly epoch: number
  readonly sequence: number
  readonly states: [id: string, eTag: string | null][]
}

class Follower {
  readonly #child: ChildProcess
  owned = 0
  readonly #ended: Promise<unknown[]>

  constructor(simulator: Simulator, folder: string, name: string) {
    const args = [PROGRAM, simulator.baseUrl, join(folder, 'drives.db'), join(folder, `${name}.log`)]
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#ended = once(this.#child, 'exit')
    createInterface(this.#child.stdout as NodeJS.ReadableStream).on('line', (line) => {
      this.owned = Number(line)
    })
  }

  owns(count: number): Promise<void> {
    return until(() => this.owned === count, `it owns ${count}, after ${this.owned}`)
  }

  async kill(): Promise<unknown[]> {
    this.#child.kill('SIGKILL')
    return within(this.#ended, 'its end')
  }

  async leave(): Promise<unknown[]> {
    this.#child.stdin?.write('leave\n')
    return within(this.#ended, 'its end')
  }
}

/** All whole lines of all logs. */
function linesOf(folder: string): Line[] {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return logs.flatMap((name) => {
    const whole = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)
    return whole.map((line) => JSON.parse(line) as Line)
  })
}

/** The states of items that exist and were told by nobody; and those that are gone, of which nobody was told. */
async function missing(simulator: Simulator, lines: readonly Line[]): Promise<string[]> {
  const told = new Set(lines.flatMap(({ drive, states }) => states.map(([id, eTag]) => `${drive} ${id} ${eTag}`)))
  const missed: string[] = []
  for (const drive of IDS) {
    const items = (await simulator.control('GET', `items?drive=${drive}`)) as { id: string; eTag: string }[]
    const current = new Map(items.map(({ id, eTag }) => [id, eTag]))
    for (const [id, eTag] of current) if (!told.has(`${drive} ${id} ${eTag}`)) missed.push(`${drive} ${id} ${eTag}`)
    const known = lines.filter((line) => line.drive === drive).flatMap(({ states }) => states.map(([id]) => id))
    for (const id of new Set(known)) {
      if (!current.has(id) && !told.has(`${drive} ${id} null`)) missed.push(`${drive} ${id} null`)
    }
  }
  return missed
}

it(`of two processes, one is killed ${KILLS} times, and nothing is lost`, {
  timeout: 90_000 + KILLS * 5_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'drivebell-'))
  await using simulator = await startDrives()
  let started = 0
  const start = () => {
    started += 1
    return new Follower(simulator, folder, `${started}`)
  }
  let pair = [start(), start()] as [Follower, Follower]
  try {
    await Promise.all(pair.map((each) => each.owns(COUNT / 2)))
    await simulator.control('PUT', 'editor', { rate: 50, drives: IDS, seed: 1 })
    for (let kill = 0; kill < KILLS; kill += 1) {
      const [victim, heir] = pair
      const [, signal] = await victim.kill()
      assert.equal(signal, 'SIGKILL')
      await heir.owns(COUNT)
      pair = [heir, start()]
      await Promise.all(pair.map((each) => each.owns(COUNT / 2)))
    }
    const { edits } = (await simulator.control('DELETE', 'editor')) as { edits: number }
    // One leaves in order, while the other takes what it has.
    assert.deepEqual(await pair[0].leave(), [0, null])
    await pair[1].owns(COUNT)
    const all = async () => (await missing(simulator, linesOf(folder))).length === 0
    await until(all, 'all changes').catch(async () => {
      assert.deepEqual(await missing(simulator, linesOf(folder)), [])
    })
    const lines = linesOf(folder)
    const epochs = new Set(lines.filter(({ drive }) => drive === IDS[0]).map(({ epoch }) => epoch))
    t.diagnostic(`${KILLS} kills, ${edits} edits, ${lines.length} batches, ${epochs.size} epochs of a drive`)
    assert.ok(edits > KILLS * 10 && epochs.size > 1)
  } finally {
    for (const each of pair) await each.kill()
    rmSync(folder, { recursive: true, force: true })
  }
})
