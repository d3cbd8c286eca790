import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where `drivebell` is found by its name. */
const FOLDER = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs a module in its own Node. One that does not exit by itself is a failure. */
export async function runModule(source: string, env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 10_000,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
