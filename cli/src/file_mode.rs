//! Who else may read or write a file.

use std::fs::Metadata;

/// The permissions of a file that other users may read or write.
#[cfg(unix)]
pub(crate) fn open_to_others(file: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(file.mode() & 0o777).filter(|mode| mode & 0o077 != 0)
}

/// On Windows, the access rules of the user's profile protect its files.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_: &Metadata) -> Option<u32> {
    None
}
