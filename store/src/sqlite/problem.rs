//! What can be wrong with the file, as errors that say what to do.

use std::path::Path;

use drivebell::{Error, ErrorKind, StorageCode};
use rusqlite::ErrorCode;

use crate::StoreError;

/// The code of an error about a file of another program.
pub(super) const NOT_A_STORE: &str = "not_a_store";

#[derive(Debug)]
pub(super) enum Problem {
    Sqlite(rusqlite::Error),
    /// A code, and what follows the path of the file.
    File(&'static str, String),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Problem {
    pub(super) fn into_error(self, path: &Path) -> Error {
        let (code, says) = match self {
            Self::Sqlite(error) => meaning(&error),
            Self::File(code, says) => (code, says),
        };
        Error::new(ErrorKind::Storage, text(path, &says)).with_code(Some(code.to_owned()))
    }
}

/// The error of a call.
pub(super) fn of_call(path: &Path, error: rusqlite::Error) -> StoreError {
    StoreError::new(text(path, &meaning(&error).1)).with_source(error)
}

fn text(path: &Path, says: &str) -> String {
    format!("the store's file {} {says}", path.display())
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn meaning(error: &rusqlite::Error) -> (&'static str, String) {
    let (code, says) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (
            StorageCode::DiskFull,
            "cannot grow: the disk is full. Nothing is lost: free some space".to_owned(),
        ),
        Some(ErrorCode::ReadOnly) => (
            StorageCode::ReadOnly,
            "cannot be written to: give this program the right to write it, and to write in its folder"
                .to_owned(),
        ),
        Some(ErrorCode::NotADatabase) => {
            let says = "is not a SQLite database: give the path of a new file, or of a store";
            return (NOT_A_STORE, says.to_owned());
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            StorageCode::Locked,
            "is locked by another program: close what holds it open for long".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            StorageCode::Damaged,
            format!(
                "is damaged ({error}): stop all processes that use it and move it away. They start with a \
                 new one, in which no drive has a checkpoint"
            ),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            StorageCode::Inaccessible,
            format!(
                "cannot be opened ({error}): check that its folder exists and that this program may use it"
            ),
        ),
        _ => (StorageCode::Inaccessible, format!("cannot be used: {error}")),
    };
    (code.as_str(), says)
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn each_problem_has_its_code_and_says_what_to_do() {
        for (result, code, says) in [
            (ffi::SQLITE_FULL, "disk_full", "free some space"),
            (
                ffi::SQLITE_READONLY_DIRECTORY,
                "read_only",
                "give this program the right",
            ),
            (
                ffi::SQLITE_NOTADB,
                "not_a_store",
                "give the path of a new file",
            ),
            (ffi::SQLITE_BUSY_SNAPSHOT, "locked", "close what holds it"),
            (ffi::SQLITE_CORRUPT, "damaged", "move it away"),
            (
                ffi::SQLITE_CANTOPEN,
                "inaccessible",
                "check that its folder exists",
            ),
            (ffi::SQLITE_IOERR_WRITE, "inaccessible", "cannot be used"),
        ] {
            let failure = || rusqlite::Error::SqliteFailure(ffi::Error::new(result), None);
            let error = Problem::from(failure()).into_error(Path::new("fleet.db"));
            assert_eq!(
                (error.kind(), error.code()),
                (ErrorKind::Storage, Some(code))
            );
            for text in [
                error.to_string(),
                of_call(Path::new("fleet.db"), failure()).to_string(),
            ] {
                assert!(text.starts_with("the store's file fleet.db "), "{text}");
                assert!(text.contains(says), "{text}");
            }
        }
    }
}
