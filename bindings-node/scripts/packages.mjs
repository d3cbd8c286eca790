// Makes the packages that are published, in folders of their own: what is published has neither scripts nor
// the tools of developers in its package.json.
import { execFile } from 'node:child_process'
import { access, chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PLATFORMS, platformOf, VERSION } from './platforms.mjs'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']
/** Of a package.json: what only a checkout needs. */
const ONLY_IN_A_CHECKOUT = ['devDependencies', 'napi', 'overrides', 'scripts']
/** What a platform's package takes from the package.json of the package that it belongs to. */
const SHARED = ['version', 'license', 'homepage', 'bugs', 'repository', 'engines']

/**
 * A package whose native part is in a package for each platform.
 *
 * @typedef {object} Family
 * @property {string} folder Where its package.json is, from the root of the repository.
 * @property {string} readme Its README, from there too, and likewise:
 * @property {string} notices
 * @property {string} bill The bill of materials.
 * @property {(platform: string) => string} packageName The name of a platform's package.
 * @property {string} part What a platform's package has, in words.
 * @property {(platform: { name: string, os: string }) => string} file What it has, as a file.
 * @property {boolean} isAddon Whether `require` loads that file.
 */

/** Runs the command line of a family: `main OUTDIR` or `platform TRIPLE FILE OUTDIR`. */
export async function run(family, [command, ...rest]) {
  if (command === 'main' && rest.length === 1) return show(await packMain(family, rest[0]))
  if (command === 'platform' && rest.length === 3) return show(await packPlatform(family, ...rest))
  process.stderr.write(`usage: ${basename(process.argv[1])} main OUTDIR | platform TRIPLE FILE OUTDIR\n`)
  process.exitCode = 2
}

function show(tarball) {
  process.stdout.write(`${tarball}\n`)
}

async function packMain(family, out) {
  const manifest = await manifestOf(family)
  const published = Object.fromEntries(Object.entries(manifest).filter(([key]) => !ONLY_IN_A_CHECKOUT.includes(key)))
  published.optionalDependencies = Object.fromEntries(
    PLATFORMS.map(({ name }) => [family.packageName(name), manifest.version]),
  )
  // npm takes no files from above a package's folder.
  const shared = [...LICENCES, family.readme, family.notices, family.bill]
  const ofRepository = new Map(shared.map((path) => [basename(path), path]))
  const files = manifest.files.map((name) => [ofRepository.get(name) ?? join(family.folder, name), name])
  return pack(published, files, out)
}

async function packPlatform(family, triple, built, out) {
  const platform = platformOf(triple)
  const manifest = await manifestOf(family)
  const name = family.packageName(platform.name)
  const file = family.file(platform)
  const bill = JSON.parse(await readFile(join(REPOSITORY, family.bill), 'utf8'))
  const published = {
    name,
    description: `${family.part} of ${manifest.name} for ${triple}`,
    ...Object.fromEntries(SHARED.map((key) => [key, manifest[key]])),
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc && { libc: [platform.libc] }),
    type: 'commonjs',
    ...(family.isAddon && { main: file }),
    files: [file, basename(family.bill), ...LICENCES, 'README.md', basename(family.notices)],
    // Yarn leaves packages in archives, where no system can load or start a file.
    preferUnplugged: true,
    // npm takes a name with a scope for private.
    publishConfig: { access: 'public' },
  }
  const files = [...LICENCES, family.notices].map((path) => [path, basename(path)])
  return pack(published, files, out, async (folder) => {
    await copyFile(built, join(folder, file))
    await chmod(join(folder, file), family.isAddon ? 0o644 : 0o755)
    await writeFile(join(folder, basename(family.bill)), `${JSON.stringify(billOf(bill, name), null, 1)}\n`)
    await writeFile(join(folder, 'README.md'), readme(name, manifest, published.description))
  })
}

async function manifestOf({ folder }) {
  const manifest = JSON.parse(await readFile(join(REPOSITORY, folder, 'package.json'), 'utf8'))
  if (manifest.version !== VERSION) {
    throw new Error(`${folder}/package.json has version ${manifest.version}, and bindings-node/package.json ${VERSION}`)
  }
  return manifest
}

/** The bill of materials of what is linked, under the name of the package that contains it. */
function billOf(bill, name) {
  const { component } = bill.metadata
  const purl = `pkg:npm/${name.replace('@', '%40')}@${component.version}`
  const named = (reference) => (reference === component['bom-ref'] ? purl : reference)
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...component, 'bom-ref': purl, name, purl } },
    dependencies: bill.dependencies.map(({ ref, dependsOn }) => ({ ref: named(ref), dependsOn })),
  }
}

function readme(name, manifest, description) {
  return `# ${name}

${description}. Do not install it yourself: \`npm install ${manifest.name}\` chooses the package for your platform.

See [${manifest.name}](https://www.npmjs.com/package/${manifest.name}).
`
}

/** Makes the tarball, and returns its path. `files` are from the repository, with their names in the package. */
async function pack(manifest, files, out, addOthers = async () => {}) {
  const folder = await mkdtemp(join(tmpdir(), 'drivebell-pack-'))
  try {
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    for (const [path, name] of files) {
      const source = join(REPOSITORY, path)
      await access(source).catch(() => {
        throw new Error(`there is no ${path}: run \`make addon simulator-packages\` first`)
      })
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await cp(source, join(folder, name), { recursive: true })
    }
    await addOthers(folder)
    await mkdir(out, { recursive: true })
    await npmPack(folder, resolve(out))
    return join(resolve(out), `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function npmPack(folder, out) {
  // npm is a script on Windows, which only a shell starts.
  const shell = process.platform === 'win32'
  const options = ['pack', '--silent', '--ignore-scripts', '--pack-destination', shell ? `"${out}"` : out]
  await promisify(execFile)('npm', options, { cwd: folder, shell })
}
