import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** As npm calls them in the `libc` of a package. */
export type CLibrary = 'glibc' | 'musl'

/** How much of a program holds the name of its loader. */
const HEAD = 4096

/**
 * The C library of this process; `undefined` where there is no choice.
 *
 * The loader that the program names decides. The report of Node knows too, but takes 30 ms. Without a
 * loader in its place, as in a program that was edited, the system's `ldd` says which C library is usual.
 */
export function cLibrary(): CLibrary | undefined {
  if (process.platform !== 'linux') return undefined
  return ofProgram(process.execPath) ?? ofSystem() ?? 'glibc'
}

function ofProgram(file: string): CLibrary | undefined {
  const head = attempt(() => readHead(file))
  if (/\/ld-musl-\w+\.so\.\d/.test(head)) return 'musl'
  if (/\/ld(?:-linux[\w-]*|64)\.so\.\d/.test(head)) return 'glibc'
  return undefined
}

function ofSystem(): CLibrary | undefined {
  const script = attempt(() => readFileSync('/usr/bin/ldd', 'latin1'))
  if (script.includes('musl')) return 'musl'
  return script ? 'glibc' : undefined
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

function readHead(file: string): string {
  const opened = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(HEAD)
    return bytes.toString('latin1', 0, readSync(opened, bytes, 0, HEAD, 0))
  } finally {
    closeSync(opened)
  }
}
