/**
 * A program that follows a mirror is killed at any moment, again and again, while the drive changes.
 * `DRIVEBELL_KILLS=200` for more than a few.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { until, within } from './support/deadline.mjs'
import { createFolder, pathsOf, relocate, remove, Scratch, start } from './support/drive-mirror.mjs'
import { upload } from './support/mirror.mjs'
import type { Simulator } from './support/simulator.mjs'

const KILLS = Number(process.env.DRIVEBELL_KILLS ?? 12)
const PROGRAM = fileURLToPath(new URL('./support/mirror-log.mjs', import.meta.url))

interface Line {
  readonly sequence: number
  readonly kind: 'created' | 'modified' | 'renamed' | 'moved' | 'deleted'
  readonly path: string
  readonly oldPath?: string
}

/** Numbers from 0 to below 1, the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Changes the drive in every way until it is told to stop. */
class Editor {
  readonly #simulator: Simulator
  readonly #random = randomFrom(7)
  #stopped = false
  edits = 0

  constructor(simulator: Simulator) {
    this.#simulator = simulator
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#edit()
        this.edits += 1
      } catch (error) {
        // A name that is taken, a folder into itself: the drive refuses what makes no sense.
        if (!/HTTP 4/.test(`${error}`)) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, this.#random() * 10))
    }
  }

  stop(): void {
    this.#stopped = true
  }

  async #edit(): Promise<void> {
    const paths = [...(await pathsOf(this.#simulator)).keys()]
    const folders = ['', ...paths.filter((path) => !path.endsWith('.txt'))]
    const name = `${this.#one(['a', 'B', 'ö', '日本', '🎉'])}${Math.floor(this.#random() * 8)}`
    const folder = this.#one(folders)
    const item = paths.length > 0 ? this.#one(paths) : undefined
    const ending = item?.endsWith('.txt') ? '.txt' : ''
    const what = this.#random()
    if (item === undefined || what < 0.4) await upload(this.#simulator, `${folder}/${name}.txt`.slice(1), `${what}`)
    else if (what < 0.5) await createFolder(this.#simulator, `${folder}/${name}`)
    else if (what < 0.65)
      await relocate(this.#simulator, item, item.slice(0, item.lastIndexOf('/') + 1) + name + ending)
    else if (what < 0.85) await relocate(this.#simulator, item, `${folder}/${name}${ending}`)
    else await remove(this.#simulator, item)
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T
  }
}

function linesOf(log: string): Line[] {
  if (!existsSync(log)) return []
  const whole = readFileSync(log, 'utf8').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line) as Line)
}

/** Each change once, in order. What came again must be what came before. */
function inOrder(lines: readonly Line[]): Line[] {
  const known: Line[] = []
  for (const line of lines) {
    const before = known[line.sequence - 1]
    if (before) assert.deepEqual(line, before, 'a change that comes again is the same')
    else {
      assert.equal(line.sequence, known.length + 1, 'no change is missing')
      known.push(line)
    }
  }
  return known
}

/** What the changes make of an empty table of paths. */
function replay(changes: readonly Line[]): Set<string> {
  const paths = new Set<string>()
  const within = (folder: string) => [...paths].filter((path) => path === folder || path.startsWith(`${folder}/`))
  for (const { kind, path, oldPath = '' } of changes) {
    if (kind === 'created') paths.add(path)
    else if (kind === 'deleted') for (const gone of within(path)) paths.delete(gone)
    else if (kind !== 'modified') {
      const moved = within(oldPath)
      for (const each of moved) paths.delete(each)
      for (const each of moved) paths.add(path + each.slice(oldPath.length))
    }
  }
  return paths
}

/** As another program sees a copy of the file, and of the log beside it. */
function checkIntegrity(scratch: Scratch): void {
  const [file, copy] = [scratch.file(), scratch.file('copy.db')]
  if (!existsSync(file)) return
  for (const ending of ['', '-wal']) {
    if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending)
  }
  const program =
    'import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone())'
  assert.equal(execFileSync('python3', ['-c', program, copy], { encoding: 'utf8' }), 'ok\n')
  for (const ending of ['', '-wal', '-shm']) rmSync(copy + ending, { force: true })
}

it(`a mirror whose program is killed ${KILLS} times loses nothing`, { timeout: 60_000 + KILLS * 2_000 }, async (t) => {
  await using scratch = await Scratch.make()
  const unkind = ['--page-size', '7', '--delta-empty-pages', '--delta-duplicates', '--delta-lag', '30']
  await using simulator = await start('--seed', 'b!me=60', ...unkind)
  const log = scratch.file('log')
  const random = randomFrom(Date.now() >>> 0)
  const editor = new Editor(simulator)
  const editing = editor.run()
  const follow = (how: string) =>
    spawn(process.execPath, [PROGRAM, simulator.baseUrl, scratch.file(), log, how], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
  let repeated = 0
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = follow(kill % 3 === 2 ? 'batches' : 'changes')
    const ended = once(child, 'exit')
    // Some are killed while the file is opened, most while they follow.
    if (kill % 4 > 0) await within(once(child.stdout, 'data'), 'the mirror')
    await new Promise((resolve) => setTimeout(resolve, random() * 300))
    child.kill('SIGKILL')
    const [, signal] = await within(ended, 'the end')
    assert.equal(signal, 'SIGKILL')
    const lines = linesOf(log)
    repeated = lines.length - inOrder(lines).length
    checkIntegrity(scratch)
  }
  editor.stop()
  await editing

  const child = follow('changes')
  try {
    const paths = [...(await pathsOf(simulator)).keys()].sort()
    // An unkind Graph shows older states again, which the changes follow, so one reading is compared.
    let replayed: string[] = []
    const agrees = () => {
      replayed = [...replay(inOrder(linesOf(log)))].sort()
      return isDeepStrictEqual(replayed, paths)
    }
    await until(agrees, 'the paths').catch(agrees)
    assert.deepEqual(replayed, paths, 'the changes give the paths of the drive')
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  checkIntegrity(scratch)
  const count = inOrder(linesOf(log)).length
  t.diagnostic(`${KILLS} kills, ${editor.edits} edits, ${count} changes, ${repeated} of them came again`)
  assert.ok(count > 60 && editor.edits > KILLS)
})
