import { readFileSync } from 'node:fs'
import { elfLoader } from './elf-loader.js'

/** As npm calls them in the `libc` of a package. */
export type CLibrary = 'glibc' | 'musl'

interface Report {
  excludeNetwork?: boolean | undefined
  getReport(): object
}

/**
 * The C library of this process; `undefined` where there is no choice.
 *
 * The loader that the program names decides. Without a loader in its place, as in a program that was edited,
 * the system's `ldd` says which C library is usual. The report of Node knows too, but takes 30 ms: it is asked
 * where there is no `ldd`, as in a container with little more than a program.
 */
export function cLibrary(): CLibrary | undefined {
  if (process.platform !== 'linux') return undefined
  return ofProgram(process.execPath) ?? ofSystem() ?? ofReport() ?? 'glibc'
}

function ofProgram(file: string): CLibrary | undefined {
  const loader = attempt(() => elfLoader(file) ?? '')
  if (/\/ld-musl-\w+\.so\.\d/.test(loader)) return 'musl'
  if (/\/ld(?:-linux[\w-]*|64)\.so\.\d/.test(loader)) return 'glibc'
  return undefined
}

function ofSystem(): CLibrary | undefined {
  const script = attempt(() => readFileSync('/usr/bin/ldd', 'latin1'))
  if (script.includes('musl')) return 'musl'
  return script ? 'glibc' : undefined
}

function ofReport(): CLibrary | undefined {
  // Not every run time has it.
  const report: Report | undefined = process.report
  if (!report?.getReport) return undefined
  const { excludeNetwork } = report
  // Otherwise the report asks for the names of all connections.
  report.excludeNetwork = true
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return header && (header.glibcVersionRuntime ? 'glibc' : 'musl')
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
