/**
 * What a drive must look like after a sequence of changes, by rules of its own: from the service it takes the
 * ids that it gives to what is new, and nothing else.
 */

/** What is known of an item. Of a deleted one, that it is. */
export type State = { deleted: true } | { deleted: false; name: string; parent: string | undefined; size: number }

interface Node {
  name: string
  parent: string | undefined
  /** In bytes; none of a folder, which is as large as what is in it. */
  size: number | undefined
  deleted: boolean
}

export class ModelDrive {
  readonly #nodes = new Map<string, Node>()
  readonly root: string

  constructor(root: string) {
    this.root = root
    this.#nodes.set(root, { name: 'root', parent: undefined, size: undefined, deleted: false })
  }

  add(id: string, name: string, parent: string, size?: number): void {
    this.#nodes.set(id, { name, parent, size, deleted: false })
  }

  replace(id: string, size: number): void {
    this.#at(id).size = size
  }

  move(id: string, name: string, parent: string): void {
    Object.assign(this.#at(id), { name, parent })
  }

  delete(id: string): void {
    for (const [each, node] of this.#nodes) if (this.isWithin(each, id)) node.deleted = true
  }

  /** The ids of what is there. */
  files(): string[] {
    return this.#idsOf((node) => node.size !== undefined)
  }

  folders(): string[] {
    return this.#idsOf((node) => node.size === undefined)
  }

  /** Of an item, its own name last. */
  path(id: string): string {
    const { name, parent } = this.#at(id)
    return parent === undefined ? '' : `${this.path(parent)}/${name}`
  }

  /** Whether it is that folder, or somewhere in it. */
  isWithin(id: string, folder: string): boolean {
    const { parent } = this.#at(id)
    return id === folder || (parent !== undefined && this.isWithin(parent, folder))
  }

  /** By id, of all that was ever there. */
  states(): Map<string, State> {
    return new Map([...this.#nodes].map(([id, node]) => [id, this.#stateOf(id, node)]))
  }

  #stateOf(id: string, { name, parent, deleted }: Node): State {
    return deleted ? { deleted } : { deleted, name, parent, size: this.#sizeOf(id) }
  }

  #sizeOf(id: string): number {
    const { size } = this.#at(id)
    if (size !== undefined) return size
    const within = this.files().filter((file) => this.isWithin(file, id))
    return within.reduce((sum, file) => sum + this.#sizeOf(file), 0)
  }

  #idsOf(wanted: (node: Node) => boolean): string[] {
    return [...this.#nodes].filter(([, node]) => !node.deleted && wanted(node)).map(([id]) => id)
  }

  #at(id: string): Node {
    const node = this.#nodes.get(id)
    if (node === undefined) throw new Error(`there was never an item ${id}`)
    return node
  }
}
