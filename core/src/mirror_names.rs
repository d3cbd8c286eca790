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
    /// What is wrong with the file of a mirror.
    pub enum StorageCode {
        /// It cannot grow.
        DiskFull = "disk_full",
        /// It, or its folder, cannot be written to.
        ReadOnly = "read_only",
        /// It is of another program.
        NotAMirror = "not_a_mirror",
        /// A newer drivebell has written it.
        NewerVersion = "newer_version",
        /// It mirrors another drive.
        OtherDrive = "other_drive",
        /// Another process uses it.
        Locked = "locked",
        /// It cannot be read.
        Damaged = "damaged",
        /// It cannot be opened for another reason: for instance, its folder does not exist.
        Inaccessible = "inaccessible",
    }
}

impl StorageCode {
    pub(crate) fn is_name(name: &str) -> bool {
        Self::ALL.iter().any(|code| code.as_str() == name)
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
