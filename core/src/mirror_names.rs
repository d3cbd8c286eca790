//! The names that the crate `drivebell-mirror` uses: they stand here, because the generator reads all
//! names from the core.

use crate::names::names;

names! {
    /// What happened to an item of a mirrored drive.
    pub enum ChangeKind {
        /// It is new, or was moved into what is watched.
        Created = "created",
        /// Its content or its metadata changed.
        Modified = "modified",
        /// It has another name, in the same folder.
        Renamed = "renamed",
        /// It is in another folder, perhaps with another name.
        Moved = "moved",
        /// It is gone, or was moved out of what is watched.
        Deleted = "deleted",
    }
    argument "kinds";
}

names! {
    /// How a mirror found out that an item is gone, although no deletion was reported.
    pub enum FoundBy {
        /// A full enumeration that the stream makes by itself (`audit_interval`).
        Audit = "audit",
        /// The full enumeration after Graph had lost track (HTTP 410).
        Resync = "resync",
        /// Another item has its name, in the same folder.
        Name = "name",
    }
}

names! {
    /// What a new mirror says of the items that exist already.
    pub enum Initial {
        /// Each comes as a change of kind `created`.
        Created = "created",
        /// Nothing: only what changes afterwards comes.
        Silent = "silent",
    }
    default Created;
    argument "initial";
}
