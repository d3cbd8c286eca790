import { closeSync, openSync, readSync } from 'node:fs'

/** The type of the entry that names the loader. */
const PT_INTERP = 3
const LONGEST_PATH = 4096
const MOST_ENTRIES = 1000

/**
 * The path of the loader that a program for Linux names; `undefined` in a static one.
 *
 * Tools such as patchelf move the path to the end of the file, so the program headers are asked where it is.
 *
 * @throws {RangeError} for a file that is no program.
 */
export function elfLoader(file: string): string | undefined {
  const opened = openSync(file, 'r')
  try {
    const read = (start: number, length: number): DataView => {
      const bytes = new Uint8Array(length)
      return new DataView(bytes.buffer, 0, readSync(opened, bytes, 0, length, start))
    }
    const header = read(0, 64)
    if (header.getUint32(0) !== 0x7f454c46) return undefined
    const is64 = header.getUint8(4) === 2
    const little = header.getUint8(5) === 1
    const address = (view: DataView, at: number): number =>
      is64 ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)
    const start = address(header, is64 ? 32 : 28)
    const size = header.getUint16(is64 ? 54 : 42, little)
    const count = Math.min(header.getUint16(is64 ? 56 : 44, little), MOST_ENTRIES)
    for (let index = 0; index < count; index += 1) {
      const entry = read(start + index * size, size)
      if (entry.getUint32(0, little) !== PT_INTERP) continue
      const length = Math.min(address(entry, is64 ? 32 : 16), LONGEST_PATH)
      const path = read(address(entry, is64 ? 8 : 4), length)
      return new TextDecoder().decode(path).replace(/\0.*/s, '')
    }
    return undefined
  } finally {
    closeSync(opened)
  }
}
