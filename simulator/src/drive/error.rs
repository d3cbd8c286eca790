//! The errors of a drive.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DriveError {
    NotFound,
    NameExists,
    InvalidName,
    IntoItself,
    IsRoot,
    NotAFolder,
    NotAFile,
    Full,
}

impl fmt::Display for DriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "The resource could not be found.",
            Self::NameExists => "An item with the same name already exists under the parent.",
            Self::InvalidName => "The name is empty or contains a character that is not allowed.",
            Self::IntoItself => "An item cannot be moved into itself or below itself.",
            Self::IsRoot => "The root cannot be changed.",
            Self::NotAFolder => "The item is not a folder.",
            Self::NotAFile => "The item is not a file.",
            Self::Full => "The drive has no room for another item.",
        })
    }
}
