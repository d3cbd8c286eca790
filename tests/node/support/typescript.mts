import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bindings = createRequire(fileURLToPath(new URL('../../../../bindings-node/package.json', import.meta.url)))
const TSC = join(dirname(bindings.resolve('typescript/package.json')), 'bin', 'tsc')

/** What the compiler says of a project, one problem a line. Empty if it is right. */
export function diagnosticsOf(folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [TSC, '--project', folder], { cwd: folder }, (error, stdout, stderr) => {
      if (error && stdout === '') reject(new Error(stderr, { cause: error }))
      else resolve(stdout.trim())
    })
  })
}
