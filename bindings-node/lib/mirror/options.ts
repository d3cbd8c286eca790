// Written by `make generate` from core/src/options; do not edit.
import type { ChangesOptions } from '../changes/options'
import type { ChangeKind, Initial } from '../names'

/** The options of {@link Client.mirror}: these, and those of its stream of changes. */
export interface MirrorOptions extends Omit<ChangesOptions, 'since'> {
  /**
   * Only changes of this folder and of what is in it: a path from the root, such as `/Reports`.
   * Default: the whole drive.
   */
  under?: string | undefined
  /**
   * Only changes of paths that match one of these globs. `*.pdf` matches a name in any folder, a
   * glob with a `/` the whole path: `/Reports/**\/*.pdf`. Case does not matter. Default:
   * everything.
   */
  include?: readonly string[] | undefined
  /**
   * No changes of paths that match one of these globs, nor of what is in them. Default: nothing.
   */
  exclude?: readonly string[] | undefined
  /**
   * Only changes of these kinds: `created`, `modified`, `renamed`, `moved`, `deleted`. An empty
   * list hands out no changes and keeps only the tree. Default: all.
   */
  kinds?: readonly ChangeKind[] | undefined
  /**
   * Only changes of files. A folder that moves or goes comes as the changes of the files in it.
   * Default: `false`.
   */
  filesOnly?: boolean | undefined
  /** What a new mirror says of the items that exist already. Default: `created`. */
  initial?: Initial | undefined
  /**
   * A folder that is renamed, moved or deleted is one change. With this, another follows for each
   * item in it, parents first; for a deletion they come before it, children first. Default:
   * `false`.
   */
  expand?: boolean | undefined
  /**
   * Stores the whole JSON of each item as Graph sent it, so that items have all fields. The file
   * grows by about a kilobyte for each item. Default: `false`.
   */
  keepRaw?: boolean | undefined
}
