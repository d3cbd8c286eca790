import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `drivebell` is found by its name. */
const FOLDER = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs a module in a process of its own. One that does not exit by itself is a failure. */
export async function runModule(source: string, env: Record<string, string>): Promise<Ended> {
  // A file, because the run times disagree about a module on the command line.
  const file = join(FOLDER, 'build', `${randomUUID()}.mjs`)
  await writeFile(file, source)
  try {
    return await runFile(file, env)
  } finally {
    await rm(file)
  }
}

function runFile(file: string, env: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [file], {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
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
