//! What can be wrong with the file, as errors by name.

use std::fmt;
use std::path::Path;

use drivebell::{Error, ErrorKind, StorageCode};
use rusqlite::ErrorCode;

pub(crate) fn storage(code: StorageCode, file: &Path, says: impl fmt::Display) -> Error {
    let message = format!("the mirror's file {} {says}", file.display());
    Error::new(ErrorKind::Storage, message).with_code(Some(code.as_str().to_owned()))
}

/// The meaning of an error of SQLite.
pub(crate) fn of_sqlite(file: &Path, error: &rusqlite::Error) -> Error {
    let (code, says) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            StorageCode::DiskFull,
            "cannot grow: the disk is full. Nothing is lost: free some space, and start again".to_owned(),
        ),
        Some(ErrorCode::ReadOnly) => (
            StorageCode::ReadOnly,
            "cannot be written to: give this program the right to write it, and to write in its folder"
                .to_owned(),
        ),
        Some(ErrorCode::NotADatabase) => (
            StorageCode::NotAMirror,
            "is not a SQLite database: give the path of a new file, or of a mirror".to_owned(),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            StorageCode::Locked,
            "is locked by another program: close what has it open, and start again".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            StorageCode::Damaged,
            format!("is damaged ({error}): move it away, and a new one will be filled"),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            StorageCode::Inaccessible,
            format!("cannot be opened ({error}): check that its folder exists and that this program may use it"),
        ),
        _ => (StorageCode::Inaccessible, format!("cannot be used: {error}")),
    };
    storage(code, file, says)
}
