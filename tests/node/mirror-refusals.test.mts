/** What `client.mirror` refuses, by name, and files that cannot be used. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { Resource } from 'drivebell'
import { IDLE } from './support/changes.mjs'
import { within } from './support/deadline.mjs'
import { CHANGES_OPTIONS } from './support/declared-options.mjs'
import { briefs, changesOf, DRIVE, mirrorOf, Scratch, start } from './support/drive-mirror.mjs'
import { clientOf, rejection, thrownBy } from './support/drivebell.mjs'
import { TOKEN } from './support/simulator.mjs'

const TEAM = Resource.drive('b!team')

/** Runs statements of SQL, as another program does. */
function sql(file: string, script: string): string {
  const program =
    'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(db.executescript(sys.argv[2]).fetchall())'
  return execFileSync('python3', ['-c', program, file, script], { encoding: 'utf8' })
}

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

it('mirror() throws for a bad argument, and names it', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const file = scratch.file()
  const cases: [argument: string, resource: unknown, file: unknown, options?: unknown][] = [
    ['resource', '/me/drive', file],
    ['resource', Resource.path('/x/subscriptions/socketIo'), file],
    ['resource', Resource.driveList('b!me'), file],
    ['file', DRIVE, undefined],
    ['file', DRIVE, 7],
    ['file', DRIVE, ''],
    ['file', DRIVE, scratch.path],
    ['file', DRIVE, new URL('https://example.com/drive.db')],
    ['options', DRIVE, file, null],
    ['options', DRIVE, file, 'silent'],
    ['signal', DRIVE, file, { signal: 7 }],
    ['since', DRIVE, file, { since: 'start' }],
    ['abort', DRIVE, file, { abort: 7 }],
    ['under', DRIVE, file, { under: 'Reports' }],
    ['under', DRIVE, file, { under: '' }],
    ['under', DRIVE, file, { under: ['/Reports'] }],
    ['include', DRIVE, file, { include: ['*.pdf', '['] }],
    ['include', DRIVE, file, { include: '*.pdf' }],
    ['exclude', DRIVE, file, { exclude: ['{a'] }],
    ['exclude', DRIVE, file, { exclude: [''] }],
    ['kinds', DRIVE, file, { kinds: ['changed'] }],
    ['kinds', DRIVE, file, { kinds: 'created' }],
    ['initial', DRIVE, file, { initial: 'quiet' }],
    ['filesOnly', DRIVE, file, { filesOnly: 1 }],
    ['expand', DRIVE, file, { expand: 'yes' }],
    ['keepRaw', DRIVE, file, { keepRaw: null }],
    ['files_only', DRIVE, file, { files_only: true }],
    ['push', DRIVE, file, { push: 'on' }],
    ['auditInterval', DRIVE, file, { auditInterval: 0 }],
    ...CHANGES_OPTIONS.map(({ name }) => [name, DRIVE, file, { [name]: Symbol('a') }] as (typeof cases)[number]),
  ]
  for (const [argument, resource, file, options] of cases) {
    const calls = [
      () => client.mirror(resource as never, file as never, options as never),
      () => client.mirrorAll([resource] as never, file as never, options as never),
    ]
    for (const call of calls) {
      const error = thrownBy(call)
      assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', argument], inspect(options))
      assert.ok(error.message.startsWith(`${argument}: `), error.message)
    }
  }
  assert.deepEqual(
    readdirSync(scratch.path).filter((name) => name === 'drive.db'),
    [],
    'no file was made',
  )
  assert.equal((await simulator.requests()).length, 0)
})

it('reading throws for a bad argument, and names it', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const cases: [argument: string, call: () => unknown][] = [
    ['path', () => mirror.get('a.txt')],
    ['path', () => mirror.get(undefined as never)],
    ['path', () => mirror.get(7 as never)],
    ['id', () => mirror.get({} as never)],
    ['path', () => mirror.get({ id: 'x', path: '/x' } as never)],
    ['id', () => mirror.path(7 as never)],
    ['path', () => mirror.children('')],
    ['path', () => mirror.children(undefined as never)],
    ['path', () => mirror.walk('Reports')],
    ['path', () => mirror.walk(7 as never)],
  ]
  for (const [argument, call] of cases) {
    const error = thrownBy(call)
    assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', argument], `${call}`)
  }
})

it('a second mirror of a file is refused, however the file is written', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  await using other = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  const link = scratch.file('link.db')
  symlinkSync(scratch.file(), link)
  mkdirSync(scratch.file('folder'))
  const spellings = [
    scratch.file(),
    link,
    relative(process.cwd(), scratch.file()),
    `${scratch.file('folder')}/../drive.db`,
  ]
  for (const file of spellings) {
    for (const call of [() => other.mirror(DRIVE, file), () => other.mirrorAll([DRIVE, TEAM], file)]) {
      const error = thrownBy(call)
      assert.deepEqual([error.code, error.argument], ['ERR_DRIVEBELL_INVALID_ARGUMENT', 'file'], file)
      assert.match(error.message, /mirrorAll/)
    }
  }
  await mirror.close()
  await using next = other.mirror(DRIVE, link, IDLE)
  await next.ready()
})

it('mirror() throws if the signal is aborted or the client is closed', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  const client = clientOf(simulator)
  const reason = new Error('mine')
  const options = { signal: AbortSignal.abort(reason) }
  assert.equal(await rejection((async () => mirrorOf(client, scratch, options))()), reason)
  await client.close()
  assert.equal(thrownBy(() => mirrorOf(client, scratch)).code, 'ERR_DRIVEBELL_STATE')
  assert.deepEqual(readdirSync(scratch.path), [])
})

/** Makes a file that cannot be used. */
const UNUSABLE: Record<string, (file: string) => void> = {
  'not_a_mirror: a database of another program': (file) => sql(file, 'CREATE TABLE songs (name)'),
  'not_a_mirror: no database': (file) =>
    writeFileSync(file, 'a text that is no database, and is longer than a header'.repeat(40)),
  'newer_version: a newer version': (file) => {
    sql(file, 'PRAGMA journal_mode = DELETE; PRAGMA user_version = 1000')
  },
}

for (const [what, spoil] of Object.entries(UNUSABLE)) {
  it(`a file that cannot be used is refused and left alone: ${what}`, async () => {
    await using scratch = await Scratch.make()
    await using simulator = await start()
    await using client = clientOf(simulator)
    const file = scratch.file()
    const code = what.split(':')[0]
    if (code === 'newer_version') {
      const mirror = mirrorOf(client, scratch)
      await mirror.ready()
      await mirror.close()
    }
    spoil(file)
    const before = hashOf(file)
    for (const call of [() => mirrorOf(client, scratch), () => client.mirrorAll([DRIVE], file)]) {
      const error = thrownBy(call)
      assert.deepEqual([error.code, error.storageCode], ['ERR_DRIVEBELL_STORAGE', code], error.message)
      assert.deepEqual([error.graphCode, error.retryable], [undefined, false])
      assert.ok(error.message.includes(file), error.message)
    }
    assert.equal(hashOf(file), before)
    assert.ok(!existsSync(`${file}-wal`))
  })
}

it('the file of another drive is refused, and can be added to', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=5')
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  await mirror.ready()
  await mirror.close()
  const error = thrownBy(() => client.mirror(TEAM, scratch.file()))
  assert.deepEqual([error.code, error.storageCode], ['ERR_DRIVEBELL_STORAGE', 'other_drive'])
  await using both = client.mirrorAll([DRIVE, TEAM], scratch.file(), IDLE)
  await both.ready()
  assert.equal(both.stats(DRIVE).rows, 6)
})

it('a file in a folder that does not exist is refused', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const missing = thrownBy(() => client.mirror(DRIVE, scratch.file('none/drive.db')))
  assert.deepEqual([missing.code, missing.storageCode], ['ERR_DRIVEBELL_STORAGE', 'inaccessible'])
})

it('a file that cannot be written to is refused', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start()
  await using client = clientOf(simulator)
  const mirror = mirrorOf(client, scratch)
  await mirror.ready()
  await mirror.close()
  // Nothing is refused to root: it becomes somebody else.
  chmodSync(scratch.path, 0o555)
  const leave = process.getuid?.() === 0 ? 'process.setegid(65534); process.seteuid(65534)' : ''
  const before = hashOf(scratch.file())
  const { code, message } = await refusalElsewhere(simulator.baseUrl, scratch.file(), leave)
  assert.equal(code, 'read_only', message)
  assert.equal(hashOf(scratch.file()), before)
  chmodSync(scratch.path, 0o755)
})

it('a file that another process mirrors is refused, until that process ends', async () => {
  await using scratch = await Scratch.make()
  await using simulator = await start('--seed', 'b!me=5')
  await using client = clientOf(simulator)
  const other = spawn(
    process.execPath,
    ['--eval', programOf(simulator.baseUrl, scratch.file(), 'setInterval(() => {}, 1000)')],
    {
      cwd: FOLDER,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const [output] = await within(once(other.stdout, 'data'), 'the other mirror')
    assert.equal(JSON.parse(String(output)).message, 'it was not refused')
    for (const call of [() => mirrorOf(client, scratch), () => client.mirrorAll([DRIVE], scratch.file())]) {
      const error = thrownBy(call)
      assert.deepEqual([error.code, error.storageCode], ['ERR_DRIVEBELL_STORAGE', 'locked'], error.message)
    }
  } finally {
    other.kill('SIGKILL')
  }
  await within(once(other, 'exit'), 'the end')
  const mirror = mirrorOf(client, scratch)
  await within(mirror.ready(), 'ready')
  assert.equal((await refusalElsewhere(simulator.baseUrl, scratch.file())).code, 'locked')
  assert.deepEqual(await briefs(changesOf(mirror), 1), ['created /folder-00001'])
})

/** Where `drivebell` is found by its name. */
const FOLDER = fileURLToPath(new URL('..', import.meta.url))

interface Refusal {
  readonly code: string | undefined
  readonly message: string
}

/** The error that another process gets for this file. */
async function refusalElsewhere(baseUrl: string, file: string, before = ''): Promise<Refusal> {
  const program = programOf(baseUrl, file, 'process.exit()', before)
  const child = spawn(process.execPath, ['--eval', program], { cwd: FOLDER, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await within(once(child.stdout, 'data'), 'the refusal')) as [Buffer]
  return JSON.parse(output.toString()) as Refusal
}

/** A program that mirrors, and prints whether it may. */
function programOf(baseUrl: string, file: string, after: string, before = ''): string {
  return `
    const { Client, Resource } = require('drivebell')
    ${before}
    const client = new Client({ credential: '${TOKEN}', baseUrl: '${baseUrl}' })
    let mirror
    try {
      mirror = client.mirror(Resource.myDrive(), ${JSON.stringify(file)})
      console.log(JSON.stringify({ message: 'it was not refused' }))
    } catch ({ storageCode, message }) {
      console.log(JSON.stringify({ code: storageCode, message }))
    }
    ${after}`
}
