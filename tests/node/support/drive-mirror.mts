/** What the tests of `client.mirror` share. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Change, type Client, type Mirror, type MirrorOptions, Resource } from 'drivebell'
import { IDLE } from './changes.mjs'
import { within } from './deadline.mjs'
import { change, itemsOf } from './mirror.mjs'
import { Simulator } from './simulator.mjs'

export const DRIVE = Resource.myDrive()

/** A folder that is deleted at the end. */
export class Scratch {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'drivebell-')))
  }

  file(name = 'drive.db'): string {
    return join(this.path, name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.path, { recursive: true })
  }
}

export function start(...options: string[]): Promise<Simulator> {
  return Simulator.start('simulator', ...options)
}

/** A mirror that queries only after notifications. */
export function mirrorOf(client: Client, scratch: Scratch, options: MirrorOptions = {}): Mirror {
  return client.mirror(DRIVE, scratch.file(), { ...IDLE, ...options })
}

export function changesOf(mirror: Mirror): AsyncIterator<Change, undefined> {
  return mirror[Symbol.asyncIterator]()
}

export async function nextOf<T>(iterator: AsyncIterator<T, undefined>): Promise<T> {
  const { done, value } = await within(iterator.next(), 'the next one')
  if (done) throw new Error('the iteration has ended')
  return value
}

export async function take<T>(iterator: AsyncIterator<T, undefined>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) taken.push(await nextOf(iterator))
  return taken
}

/** A change in a few words. */
export function brief({ kind, path, oldPath }: Pick<Change, 'kind' | 'path' | 'oldPath'>): string {
  return oldPath === undefined ? `${kind} ${path}` : `${kind} ${oldPath} to ${path}`
}

export async function briefs(changes: AsyncIterator<Change, undefined>, count: number): Promise<string[]> {
  return (await take(changes, count)).map(brief)
}

/** The paths of `/me/drive`, without the root. */
export async function pathsOf(simulator: Simulator): Promise<Map<string, string>> {
  const items = await itemsOf(simulator)
  const paths = new Map<string, string>()
  const pathOf = (id: string): string => {
    const item = items.get(id)
    return item?.parent === undefined ? '' : `${pathOf(item.parent)}/${item.name}`
  }
  for (const [id, { parent }] of items) if (parent !== undefined) paths.set(pathOf(id), id)
  return paths
}

export function createFolder(simulator: Simulator, path: string): Promise<void> {
  const [parent, name] = split(path)
  return change(simulator, 'POST', `${at(parent)}/children`, { name, folder: {} })
}

/** Renames, moves, or both. The new folder must exist. */
export async function relocate(simulator: Simulator, path: string, target: string): Promise<void> {
  const [from] = split(path)
  const [to, name] = split(target)
  const id = (await pathsOf(simulator)).get(to) ?? 'root'
  await change(simulator, 'PATCH', at(path), { name, ...(from !== to && { parentReference: { id } }) })
}

export function remove(simulator: Simulator, path: string): Promise<void> {
  return change(simulator, 'DELETE', at(path))
}

function at(path: string): string {
  return path === '' ? '/root' : `/root:${encodeURI(path)}:`
}

function split(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, slash), path.slice(slash + 1)]
}
