//! What can be wrong with the file, as errors by name.

use std::fmt;
use std::path::Path;

use drivebell::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// What is wrong with the file: the error's `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    DiskFull,
    ReadOnly,
    NotAMirror,
    NewerVersion,
    OtherDrive,
    Locked,
    Damaged,
    Inaccessible,
}

impl Problem {
    fn code(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::ReadOnly => "read_only",
            Self::NotAMirror => "not_a_mirror",
            Self::NewerVersion => "newer_version",
            Self::OtherDrive => "other_drive",
            Self::Locked => "locked",
            Self::Damaged => "damaged",
            Self::Inaccessible => "inaccessible",
        }
    }
}

pub(crate) fn storage(problem: Problem, file: &Path, says: impl fmt::Display) -> Error {
    let message = format!("the mirror's file {} {says}", file.display());
    Error::new(ErrorKind::Storage, message).with_code(Some(problem.code().to_owned()))
}

/// The meaning of an error of SQLite.
pub(crate) fn of_sqlite(file: &Path, error: &rusqlite::Error) -> Error {
    let code = error.sqlite_error_code();
    let (problem, says) = match code {
        Some(ErrorCode::DiskFull) => (
            Problem::DiskFull,
            "cannot grow: the disk is full. Nothing is lost: free some space, and start again".to_owned(),
        ),
        Some(ErrorCode::ReadOnly) => (
            Problem::ReadOnly,
            "cannot be written to: give this program the right to write it, and to write in its folder"
                .to_owned(),
        ),
        Some(ErrorCode::NotADatabase) => (
            Problem::NotAMirror,
            "is not a SQLite database: give the path of a new file, or of a mirror".to_owned(),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            Problem::Locked,
            "is locked by another program: close what has it open, and start again".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            Problem::Damaged,
            format!("is damaged ({error}): move it away, and a new one will be filled"),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            Problem::Inaccessible,
            format!("cannot be opened ({error}): check that its folder exists and that this program may use it"),
        ),
        _ => (Problem::Inaccessible, format!("cannot be used: {error}")),
    };
    storage(problem, file, says)
}
