/**
 * Bundles the program of a folder:
 *
 *   node bundle.mjs BUNDLER FOLDER external|inside|whole
 *
 * It reads FOLDER/program.mjs, and writes to FOLDER/out. drivebell is external; or a part of the bundle, and its
 * addon is external; or both are a part of it.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const [bundler, folder, where] = process.argv.slice(2)
const external = where === 'external'
const program = join(folder, 'program.mjs')
const out = join(folder, 'out')
const only = { external: ['drivebell'], inside: ['@drivebell/*'], whole: [] }[where]
const pattern = { external: /^drivebell$/, inside: /^@drivebell\//, whole: /^$/ }[where]

const BUNDLERS = {
  'esbuild-cjs': () => esbuild({ format: 'cjs', outfile: join(out, 'program.cjs') }),
  'esbuild-esm': () => esbuild({ format: 'esm', outfile: join(out, 'program.mjs') }),
  // With the line that esbuild's users add, so that packages that call `require` work.
  'esbuild-esm-require': () =>
    esbuild({
      format: 'esm',
      outfile: join(out, 'program.mjs'),
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    }),

  async webpack() {
    const { default: webpack } = await import('webpack')
    const compiler = webpack({
      mode: 'production',
      target: 'node20',
      context: folder,
      entry: program,
      output: { path: out, filename: 'program.cjs' },
      externals: [pattern],
      externalsType: 'commonjs',
    })
    const stats = await promisify(compiler.run.bind(compiler))()
    if (stats.hasErrors()) throw new Error(stats.toString())
  },

  async rollup() {
    const { rollup } = await import('rollup')
    // Without a plugin, rollup leaves all packages external.
    const bundle = await rollup({ input: program, external: ['drivebell'] })
    await bundle.write({ file: join(out, 'program.mjs'), format: 'es' })
  },

  async vite() {
    const { build } = await import('vite')
    await build({
      root: folder,
      logLevel: 'error',
      // For a server, vite leaves packages external unless it is told otherwise.
      ssr: external ? {} : { noExternal: ['drivebell'] },
      build: {
        ssr: program,
        outDir: out,
        rollupOptions: { external: [pattern], output: { entryFileNames: 'program.mjs' } },
      },
    })
  },

  async ncc() {
    const { default: ncc } = await import('@vercel/ncc')
    // ncc has no patterns for what is required.
    const externals = { external: ['drivebell'], inside: installedPlatforms(), whole: [] }[where]
    const { code, assets } = await ncc(program, { cache: false, quiet: true, externals })
    // ncc makes a module of a module.
    writeFileSync(join(out, 'program.mjs'), code)
    for (const [name, { source }] of Object.entries(assets)) {
      if (!name.includes('/')) writeFileSync(join(out, name), source)
    }
  },

  bun() {
    const options = only.flatMap((name) => ['--external', name])
    const outfile = join(out, 'program')
    execFileSync(installed('.bin/bun'), ['build', program, '--compile', '--outfile', outfile, ...options], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  },

  /** Node's single executable application, of what esbuild has bundled. */
  async sea() {
    await BUNDLERS['esbuild-cjs']()
    const [main, blob, config] = ['program.cjs', 'sea.blob', 'sea.json'].map((name) => join(out, name))
    const node = process.env.NODE_OF_THE_EXECUTABLE
    if (external) {
      // Such a program can require only what is in it. It finds packages beside its executable.
      const text = readFileSync(main, 'utf8')
      const beside = "require('node:module').createRequire(process.execPath)('drivebell')"
      writeFileSync(main, text.replaceAll(/require\(["']drivebell["']\)/g, beside))
    }
    writeFileSync(config, JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true }))
    execFileSync(node, ['--experimental-sea-config', config], { stdio: 'ignore' })
    copyFileSync(node, join(out, 'program'))
    chmodSync(join(out, 'program'), 0o755)
    const { inject } = await import('postject')
    await inject(join(out, 'program'), 'NODE_SEA_BLOB', readFileSync(blob), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    })
  },
}

async function esbuild(options) {
  const { build } = await import('esbuild')
  const shared = { entryPoints: [program], bundle: true, platform: 'node', logLevel: 'error', external: only }
  await build({ ...shared, ...(where === 'whole' && { loader: { '.node': 'copy' } }), ...options })
}

function installedPlatforms() {
  return readdirSync(join(folder, 'node_modules/@drivebell')).map((name) => `@drivebell/${name}`)
}

function installed(name) {
  const file = new URL(`node_modules/${name}`, import.meta.url).pathname
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  return file
}

await BUNDLERS[bundler]()
