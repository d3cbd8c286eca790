/** What the package says where it has no addon for this platform, or where that one is not installed. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'

const require = createRequire(import.meta.url)
const HOME = dirname(require.resolve('drivebell/package.json'))
const MANIFEST = require('drivebell/package.json') as { version: string; napi: { targets: string[] } }
const GUIDE = /https:\/\/drivebell\.github\.io\/drivebell\/bundlers\//
const ABSENT = { NODE_PATH: '', DRIVEBELL_ADDON: '' }

/** What a program sees that loads drivebell. */
interface Loaded {
  code?: string
  helpUrl?: string
  message?: string
  exported?: string[]
}

const PROGRAM = `
try {
  console.log(JSON.stringify({ exported: Object.keys(require('drivebell')) }))
} catch ({ code, helpUrl, message }) {
  console.log(JSON.stringify({ code, helpUrl, message }))
}`

/** Programs that these C libraries load. */
const PROGRAMS = {
  glibc: elf('/lib64/ld-linux-x86-64.so.2', 64, 'little'),
  musl: elf('/lib/ld-musl-x86_64.so.1', 64, 'little'),
  patched: elf('/lib/ld-musl-aarch64.so.1', 64, 'little', 100_000),
  glibc32: elf('/lib/ld-linux-armhf.so.3', 32, 'little'),
  bigEndian: elf('/lib/ld64.so.1', 64, 'big'),
}

/** A program that names its loader, and has nothing else. */
function elf(loader: string, bits: 32 | 64, order: 'little' | 'big', padding = 0): Uint8Array {
  const is64 = bits === 64
  const [headerSize, entrySize] = is64 ? [64, 56] : [52, 32]
  const path = Buffer.from(`${loader}\0`)
  const bytes = Buffer.alloc(headerSize + 2 * entrySize + padding + path.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const little = order === 'little'
  const address = (at: number, value: number) =>
    is64 ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2])
  address(is64 ? 32 : 28, headerSize)
  view.setUint16(is64 ? 54 : 42, entrySize, little)
  view.setUint16(is64 ? 56 : 44, 2, little)
  const entry = headerSize + entrySize
  view.setUint32(entry, 3, little)
  address(entry + (is64 ? 8 : 4), bytes.length - path.length)
  address(entry + (is64 ? 32 : 16), path.length)
  bytes.set(path, bytes.length - path.length)
  return bytes
}

describe('on each platform', () => {
  let folder: string
  let modules: string
  let addon: string
  let host: string

  before(async () => {
    const [built] = (await readdir(join(HOME, 'native'))).filter((name) => name.endsWith('.node'))
    assert(built)
    addon = join(HOME, 'native', built)
    host = built.split('.')[1] ?? ''
    folder = await mkdtemp(join(tmpdir(), 'drivebell-'))
    modules = join(folder, 'node_modules')
    await cp(join(HOME, 'dist'), join(modules, 'drivebell', 'dist'), { recursive: true })
    await cp(join(HOME, 'package.json'), join(modules, 'drivebell', 'package.json'))
    for (const [name, program] of Object.entries(PROGRAMS)) await writeFile(join(folder, name), program)
  })
  after(() => rm(folder, { recursive: true }))

  /** Installs packages of platforms, each with this as its addon, instead of those that were there. */
  async function install(packages: Record<string, string>): Promise<void> {
    await rm(join(modules, '@drivebell'), { recursive: true, force: true })
    for (const [platform, main] of Object.entries(packages)) {
      const home = join(modules, '@drivebell', platform)
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'package.json'), JSON.stringify({ name: `@drivebell/${platform}`, main }))
    }
  }

  /** Loads the package in a Node that takes itself for another one. */
  function load(process_: { platform?: string; arch?: string; execPath?: string } = {}, env = {}): Loaded {
    const script = `for (const [name, value] of Object.entries(${JSON.stringify(process_)}))
        Object.defineProperty(process, name, { value })
      ${PROGRAM}`
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
      cwd: folder,
      env: { ...process.env, ...ABSENT, ...env },
      encoding: 'utf8',
    })
    assert(stdout, stderr)
    return JSON.parse(stdout)
  }

  const onLinux = (libc: keyof typeof PROGRAMS) => ({ platform: 'linux', arch: 'x64', execPath: join(folder, libc) })

  function assertFails(loaded: Loaded, ...expected: RegExp[]): void {
    assert.equal(loaded.code, 'ERR_DRIVEBELL_ADDON')
    assert.equal(loaded.helpUrl, 'https://drivebell.github.io/drivebell/errors/addon/')
    for (const pattern of expected) assert.match(loaded.message ?? '', pattern)
  }

  it('loads the addon of the package of this platform', async () => {
    await install({ [host]: 'drivebell.node' })
    await cp(addon, join(modules, '@drivebell', host, 'drivebell.node'))
    assert(load().exported?.includes('Client'))
  })

  it('asks for the package of each platform by its name', async () => {
    await install({})
    const names = new Set<string>()
    for (const platform of ['linux', 'darwin', 'win32'])
      for (const arch of ['x64', 'arm64', 'arm', 'riscv64', 's390x', 'ppc64'])
        for (const execPath of platform === 'linux' ? [join(folder, 'glibc'), join(folder, 'musl')] : ['']) {
          const { message = '' } = load({ platform, arch, execPath })
          const name = /@drivebell\/([\w-]+) is not installed/.exec(message)?.[1]
          if (name) names.add(name)
        }
    assert.equal(names.size, MANIFEST.napi.targets.length)
  })

  it('says which platforms there are on another one', async () => {
    await install({})
    for (const [platform, arch] of [
      ['freebsd', 'x64'],
      ['win32', 'ia32'],
    ] as const) {
      assertFails(
        load({ platform, arch }),
        new RegExp(`no addon for ${platform}-${arch}\\.`),
        /win32-arm64-msvc/,
        GUIDE,
      )
    }
    assertFails(load({ ...onLinux('musl'), arch: 'arm' }), /no addon for linux-arm-musl\./, /linux-arm-gnueabihf/)
  })

  it('knows the C library of each kind of program', async () => {
    await install({})
    for (const [program, arch, platform] of [
      ['patched', 'arm64', 'linux-arm64-musl'],
      ['glibc32', 'arm', 'linux-arm-gnueabihf'],
      ['bigEndian', 's390x', 'linux-s390x-gnu'],
    ] as const)
      assertFails(load({ ...onLinux(program), arch }), new RegExp(`@drivebell/${platform} is not installed`))
  })

  it('says how to install optional dependencies', async () => {
    await install({})
    assertFails(
      load(onLinux('glibc')),
      /^cannot load drivebell's addon for linux-x64-gnu: @drivebell\/linux-x64-gnu is not installed/,
      /Cannot find module '@drivebell\/linux-x64-gnu'\. It is/,
      /npm install --include=optional/,
      /delete node_modules and package-lock\.json/,
      /keep drivebell external/,
      GUIDE,
    )
  })

  it('says that node_modules is of another C library', async () => {
    await install({ 'linux-x64-musl': 'drivebell.node' })
    assertFails(
      load(onLinux('glibc')),
      /@drivebell\/linux-x64-gnu is not installed, but @drivebell\/linux-x64-musl is: node_modules comes from/,
      /from a system with musl, such as an Alpine container, and this Node uses glibc\. /,
      /npm ci/,
    )
    await install({ 'linux-x64-gnu': 'drivebell.node' })
    assertFails(
      load(onLinux('musl')),
      /@drivebell\/linux-x64-musl is not installed, but @drivebell\/linux-x64-gnu is: node_modules comes from/,
      /from a system with glibc, such as a Debian or Ubuntu container, and this Node uses musl\. /,
    )
  })

  it('says that node_modules is of another system', async () => {
    await install({ 'darwin-arm64': 'drivebell.node', 'darwin-x64': 'drivebell.node' })
    assertFails(
      load(onLinux('glibc')),
      /not installed, but @drivebell\/darwin-x64 and @drivebell\/darwin-arm64 are: .*another system/,
    )
  })

  it('says that node_modules is for another processor', async () => {
    await install({ 'darwin-arm64': 'drivebell.node' })
    assertFails(
      load({ platform: 'darwin', arch: 'x64' }),
      /not installed, but @drivebell\/darwin-arm64 is: .* comes from a Node for arm64, and this one is for x64\. /,
    )
  })

  it('says why an addon cannot be loaded', async () => {
    await install({ [host]: 'drivebell.node' })
    await writeFile(join(modules, '@drivebell', host, 'drivebell.node'), 'not an addon')
    const start = `@drivebell/${host} is installed, but cannot be loaded: .*`
    assertFails(load(), new RegExp(`${start}drivebell\\.node.*Install it again: run \`npm ci\``))
    await rm(join(modules, '@drivebell', host, 'drivebell.node'))
    assertFails(load(), new RegExp(`${start}Cannot find`))
  })

  it('refuses an addon of another version', async () => {
    await install({ [host]: 'drivebell.js' })
    const file = join(modules, '@drivebell', host, 'drivebell.js')
    await writeFile(file, "exports.NativeClient = class {}; exports.addonVersion = () => '0.0.9'")
    const expected = `@drivebell/${host} is of drivebell 0.0.9, and this is ${MANIFEST.version}. `
    const { code, message } = load()
    assert.equal(code, 'ERR_DRIVEBELL_ADDON')
    assert(message?.startsWith(expected), message)
    await writeFile(file, 'exports.NativeClient = class {}')
    assertFails(load(), /is of another drivebell, and this is/)
    await writeFile(file, 'exports.other = true')
    assertFails(load(), /is not drivebell's addon/)
  })

  it('takes the addon that the environment names', async () => {
    await install({})
    assert(load({}, { DRIVEBELL_ADDON: addon }).exported?.includes('Client'))
    assertFails(load({}, { DRIVEBELL_ADDON: './a.node' }), /must be the absolute path of .*"\.\/a\.node"/)
    const missing = join(folder, 'missing.node')
    assertFails(
      load({}, { DRIVEBELL_ADDON: missing }),
      /missing\.node, which DRIVEBELL_ADDON names: Cannot find module/,
    )
  })

  if (process.platform === 'linux') {
    it('says that the addon is built for the other C library', async () => {
      const needs = async (library: string, file: string) => {
        const source = join(folder, 'empty.c')
        await writeFile(source, 'int drivebell_empty;\n')
        const needed = join(folder, library)
        execFileSync('cc', ['-shared', '-nostdlib', '-o', needed, `-Wl,-soname,${library}`, source])
        execFileSync('cc', ['-shared', '-nostdlib', '-o', file, source, '-Wl,--no-as-needed', needed])
        await rm(needed)
      }
      const file = join(folder, 'other.node')
      await needs('libc.musl-x86_64.so.1', file)
      assertFails(load(onLinux('glibc'), { DRIVEBELL_ADDON: file }), /built for musl, and this Node uses glibc/)
      await needs('ld-linux-aarch64.so.9', file)
      assertFails(load(onLinux('musl'), { DRIVEBELL_ADDON: file }), /built for glibc, and this Node uses musl/)
    })
  }

  it('says which Node it needs', async () => {
    const start = "Object.defineProperty(process, 'versions', { value: { node: '18.20.8' } });"
    for (const program of ["require('drivebell')", "require('drivebell/testing')", "import('drivebell')"]) {
      const { status, stderr } = spawnSync(process.execPath, ['-e', start + program], { cwd: folder, encoding: 'utf8' })
      assert.notEqual(status, 0)
      assert.match(stderr, /Error: drivebell needs Node >= 20, and this is Node 18\.20\.8: install a newer one/)
      assert.match(stderr, /code: 'ERR_DRIVEBELL_NODE_VERSION'/)
    }
  })

  it('loads nothing before it knows the Node', async () => {
    for (const entry of ['index.js', 'testing/index.js', 'command-line.js']) {
      const code = await readFile(join(HOME, 'dist', entry), 'utf8')
      assert.match(/require\(["'](.+?)["']\)/.exec(code)?.[1] ?? '', /runtime\/node-version$/)
    }
  })
})
