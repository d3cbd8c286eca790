use super::declare::{option, options};
use super::spec::{FromValue, OptionDefault, OptionKind, OptionSpec, OptionValue};
use crate::mirror_names::Initial;

options! {
    /// The options of a mirror, beside those of its stream of changes.
    ///
    /// The filters (`under`, `include`, `exclude`, `kinds` and `files_only`) choose the changes that are
    /// handed out. The mirror itself always holds the whole drive.
    #[derive(Debug, Clone)]
    #[non_exhaustive]
    pub struct MirrorOptions;

    /// Only changes of this folder and of what is in it: a path from the root, such as `/Reports`.
    under: Text { default: "the whole drive" }

    /// Only changes of paths that match one of these globs. `*.pdf` matches a name in any folder, a glob
    /// with a `/` the whole path: `/Reports/**/*.pdf`. Case does not matter.
    include: Texts { default: "everything" }

    /// No changes of paths that match one of these globs, nor of what is in them.
    exclude: Texts { default: "nothing" }

    /// Only changes of these kinds: `created`, `modified`, `renamed`, `moved`, `deleted`. An empty list
    /// hands out no changes and keeps only the tree.
    kinds: OptionalTexts { default: "all" }

    /// Only changes of files. A folder that moves or goes comes as the changes of the files in it.
    files_only: Flag { default: off }

    /// What a new mirror says of the items that exist already.
    initial: Choice(Initial) { default: "`created`" }

    /// A folder that is renamed, moved or deleted is one change. With this, another follows for each item
    /// in it, parents first; for a deletion they come before it, children first.
    expand: Flag { default: off }

    /// Stores the whole JSON of each item as Graph sent it, so that items have all fields. The file grows
    /// by about a kilobyte for each item.
    keep_raw: Flag { default: off }
}
