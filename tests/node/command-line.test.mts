/** Proves that the package's command is the whole command line. The tests of `cli/` prove what it does. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { COMMAND, Command } from './support/command.mjs'
import { until } from './support/deadline.mjs'
import { upload } from './support/mirror.mjs'
import { Simulator, TOKEN } from './support/simulator.mjs'

const NOWHERE = { baseUrl: 'http://127.0.0.1:9' }

describe('the command', () => {
  let simulator: Simulator

  before(async () => {
    simulator = await Simulator.start('simulator', '--seed', 'b!me=1000', '--page-size', '100')
  })
  after(() => simulator.kill())

  const disconnected = () => until(async () => (await simulator.connected()) === 0, 'the goodbye')

  it('prints its help', async () => {
    const { code, stdout, stderr } = await new Command(NOWHERE, ['--help']).end()
    assert.equal(code, 0)
    assert.equal(stderr, '')
    for (const word of ['Usage: drivebell', 'watch', 'changes', 'endpoint', 'doctor', 'Exit codes:']) {
      assert.ok(stdout.includes(word), word)
    }
  })

  it('rejects an unknown subcommand', async () => {
    const { code, stdout, stderr } = await new Command(NOWHERE, ['listen', '/me/drive']).end()
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /unrecognized subcommand 'listen'/)
  })

  it('says how to give a token if there is none', async () => {
    const { code, stdout, stderr } = await new Command(NOWHERE, ['watch', '/me/drive'], { DRIVEBELL_TOKEN: '' }).end()
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(stderr, /--token-command/)
  })

  it('prints an endpoint without its secret', async () => {
    const { code, stdout, stderr } = await new Command(simulator, ['endpoint', '/me/drive']).end()
    assert.deepEqual([code, stderr], [0, ''])
    const { type, host, id } = JSON.parse(stdout)
    assert.deepEqual([type, host, typeof id], ['endpoint', '127.0.0.1', 'string'])
    assert.doesNotMatch(stdout, /token=/)
  })

  it('watches a drive', async () => {
    const command = new Command(simulator, ['watch', '/me/drive'])
    assert.equal((await command.line()).event, 'connected')
    assert.equal((await command.line()).kind, 'resync')
    await simulator.notify()
    assert.equal((await command.line()).kind, 'changed')
    command.signal('SIGTERM')
    assert.deepEqual(await command.end(), { code: 143, signal: null, stdout: '', stderr: '' })
    await disconnected()
  })

  it('continues with what changed while it was stopped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
    try {
      const words = ['changes', '/me/drive', '--since', join(folder, 'checkpoint'), '--from', 'start']
      const first = new Command(simulator, words)
      assert.equal((await first.caughtUp()).length, 1001)
      first.signal('SIGINT')
      assert.equal((await first.end()).code, 130)
      assert.match(await readFile(join(folder, 'checkpoint'), 'utf8'), /^drivebell1\./)
      await upload(simulator, 'while-away.txt')
      const second = new Command(simulator, words)
      // The first batch may be one whose checkpoint was not stored before the first process ended.
      let names: string[] = []
      while (!names.includes('while-away.txt')) names = await second.caughtUp()
      assert.ok(names.length < 100, `${names.length}`)
      second.signal('SIGTERM')
      assert.equal((await second.end()).code, 143)
      assert.deepEqual(await readdir(folder), ['checkpoint'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`ends by ${signal} while Graph does not respond`, async () => {
      await using silent = await Simulator.start('simulator', '--fault', 'hold=toClient,on=graph')
      const command = new Command(silent, ['endpoint', '/me/drive'])
      await until(async () => (await silent.endpointCalls()) > 0, 'the request')
      command.signal(signal)
      assert.deepEqual(await command.end(), { code, signal: null, stdout: '', stderr: '' })
    })
  }

  it('runs the doctor', async () => {
    const { code, stdout, stderr } = await new Command(simulator, ['doctor', '--wait', '0', '--json']).end()
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(stdout.length > 0 && !stdout.includes(TOKEN))
  })

  it('exits without an error when its output is closed', async () => {
    const command = new Command(simulator, ['watch', '/me/drive'])
    await command.line()
    command.hangUp()
    const { code, stderr } = await command.end()
    assert.deepEqual([code, stderr], [0, ''])
    await disconnected()
  })

  it('is what npx runs', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
    const npm = (...args: string[]) =>
      spawn('npm', args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32' })
    try {
      const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
      await text(npm('install', ...quiet, dirname(dirname(COMMAND))).stdout)
      assert.match(await text(npm('exec', '--offline', '--no', '--', 'drivebell', '--version').stdout), /^drivebell \d/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('NODE_DEBUG=drivebell', () => {
  it('logs to stderr, and no secret', async () => {
    await using simulator = await Simulator.start('simulator')
    const words = ['endpoint', '/me/drive', '--show-secret']
    const { code, stdout, stderr } = await new Command(simulator, words, { NODE_DEBUG: 'drivebell' }).end()
    assert.equal(code, 0)
    assert.match(stderr, /drivebell::graph: answered method="GET"/)
    assert.ok(!stderr.includes(TOKEN))
    const { searchParams } = new URL(JSON.parse(stdout).notification_url)
    assert.ok(!stderr.includes(searchParams.get('token') as string))
  })
})
