import { DriveItem } from '../changes/item'
import { Page } from '../changes/page'
import { checkOptions, checkString } from '../check'
import { unwrap, unwrapOptional } from '../error'
import type { NativePage, NativeTree, NativeWalk } from '../runtime/addon'
import type { TreeStats } from './stats'

/**
 * The tree of a mirrored drive: which items are there, where, and what is known of them.
 *
 * It reads the file, in microseconds and without a network. It is ahead of the changes that the program has
 * not asked for yet, and can be read after the mirror has closed too.
 */
export class Tree {
  readonly #native: NativeTree

  /** @internal */
  constructor(native: NativeTree) {
    this.#native = native
  }

  /**
   * The item at a path from the drive's root, such as `/Reports/plan.pdf`; case does not matter. Or the item
   * with an id: `get({ id })`. `undefined` if there is none.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_INVALID_ARGUMENT` for a path that does not start with `/`;
   *   `ERR_DRIVEBELL_STORAGE` if the file cannot be read.
   */
  get(place: string | { id: string }): DriveItem | undefined {
    const [item] = itemsOf(unwrapOptional(this.#find(place)))
    return item
  }

  /**
   * The path of the item with this id; `undefined` if there is none, or if its folder is not known yet.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STORAGE` if the file cannot be read.
   */
  path(id: string): string | undefined {
    checkString('id', id)
    return unwrapOptional(this.#native.path(id))
  }

  /**
   * The items directly in a folder, by name. Empty for a file, and for a path at which nothing is.
   *
   * @throws DrivebellError as {@link Tree.get}.
   */
  children(path: string): DriveItem[] {
    checkString('path', path)
    return itemsOf(unwrapOptional(this.#native.children(path)))
  }

  /**
   * Everything in a folder, at all depths, each item with its path: a folder before its content, names in
   * order. The folder itself is not included.
   *
   * It reads some hundred items at a time, so it needs little memory; what changes meanwhile may be seen or
   * not.
   *
   * @throws DrivebellError as {@link Tree.get}.
   */
  walk(path = '/'): IterableIterator<[path: string, item: DriveItem]> {
    checkString('path', path)
    return steps(unwrap(this.#native.walk(path)))
  }

  /**
   * The statistics of the tree.
   *
   * @throws DrivebellError `ERR_DRIVEBELL_STORAGE` if the file cannot be read.
   */
  stats(): TreeStats {
    return unwrap(this.#native.stats())
  }

  #find(place: unknown) {
    if (typeof place !== 'object' || place === null) {
      checkString('path', place)
      return this.#native.get(place)
    }
    checkOptions(place, ['id'])
    checkString('id', place.id)
    return this.#native.getById(place.id)
  }
}

function* steps(walk: NativeWalk): Generator<[path: string, item: DriveItem], undefined> {
  for (;;) {
    const { paths, page } = unwrap(walk.next())
    if (paths.length === 0) return
    const items = itemsOf(page)
    for (const [row, path] of paths.entries()) yield [path, items[row] as DriveItem]
  }
}

function itemsOf(native: NativePage | undefined): DriveItem[] {
  if (native === undefined) return []
  const page = new Page(native)
  return page.ids.map((_, row) => DriveItem.of(page, row))
}
