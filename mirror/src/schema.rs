//! The tables of the file, their versions, and the settings of a connection.

use std::path::Path;
use std::time::Duration;

use drivebell::{Error, StorageCode};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{of_sqlite, storage};

/// `PRAGMA application_id` of every mirror: "dbel".
const APPLICATION_ID: i32 = 0x6462_656c;

/// `PRAGMA user_version` of the schema that this version writes.
pub(crate) const VERSION: i32 = 2;

/// How long to wait for another program that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What leads from each version to the next. The first makes the tables.
const MIGRATIONS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];
const _: () = assert!(
    MIGRATIONS.len() == VERSION.unsigned_abs() as usize,
    "each version has a migration"
);

/// The indexes, which a first enumeration builds at its end.
pub(crate) const INDEXES: &str = include_str!("schema/indexes.sql");

/// Opens the file for writing, makes a new one, or migrates an older one.
pub(crate) fn open(file: &Path) -> Result<Connection, Error> {
    let failed = |error: rusqlite::Error| of_sqlite(file, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    let version = version(&connection, file)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(of_sqlite(file, &code(rusqlite::ffi::SQLITE_READONLY)));
    }
    if version == 0 {
        connection
            .pragma_update(None, "page_size", 16384)
            .map_err(failed)?;
    }
    connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))
        .map_err(failed)?;
    for (name, value) in [
        ("synchronous", 1),
        ("wal_autocheckpoint", i64::from(AUTOMATIC_CHECKPOINT)),
        ("journal_size_limit", 32_000_000),
        ("temp_store", 0),
    ] {
        connection
            .pragma_update_and_check(None, name, value, |_| Ok(()))
            .or_else(|error| match error {
                rusqlite::Error::QueryReturnedNoRows => Ok(()),
                error => Err(error),
            })
            .map_err(failed)?;
    }
    set_cache(&connection, CACHE).map_err(failed)?;
    if version < VERSION {
        migrate(&mut connection, version).map_err(failed)?;
    }
    Ok(connection)
}

/// How much of the file its writer keeps in memory, in KB.
pub(crate) const CACHE: i32 = 12_000;

pub(crate) fn set_cache(connection: &Connection, kilobytes: i32) -> rusqlite::Result<()> {
    // A positive number would be one of pages.
    connection.pragma_update(None, "cache_size", -kilobytes)
}

/// How many pages the write-ahead log may have before its writer moves them into the file: 16 MB.
const AUTOMATIC_CHECKPOINT: u32 = 1_000;

/// Whether the writer moves its write-ahead log into the file by itself.
pub(crate) fn set_automatic_checkpoint(connection: &Connection, on: bool) -> rusqlite::Result<()> {
    let pages = if on { AUTOMATIC_CHECKPOINT } else { 0 };
    connection.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))
}

/// Opens the file for another thread of its writer, which moves the write-ahead log into it.
pub(crate) fn open_checkpointer(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags)
}

/// Opens a mirror for reading only. `beside_writer`: this process mirrors it, so it may remove the
/// write-ahead log when it is closed last.
pub(crate) fn open_reader(file: &Path, beside_writer: bool) -> Result<Connection, Error> {
    let failed = |error: rusqlite::Error| of_sqlite(file, &error);
    let access = if beside_writer {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(32);
    for (name, value) in [("cache_size", -2_000), ("query_only", 1)] {
        connection
            .pragma_update(None, name, value)
            .map_err(failed)?;
    }
    match version(&connection, file)? {
        0 => Err(storage(
            StorageCode::NotAMirror,
            file,
            "is empty: `drivebell mirror` fills it",
        )),
        version if version < VERSION => Err(storage(
            StorageCode::Inaccessible,
            file,
            "is of an older version of drivebell: mirror the drive once with this version, which migrates it",
        )),
        _ => Ok(connection),
    }
}

/// The version of the file's schema; 0 for a file that is new or empty.
///
/// # Errors
/// `Storage` for a file of another program, or of a newer version. It is not changed.
fn version(connection: &Connection, file: &Path) -> Result<i32, Error> {
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i32>(0))
            .map_err(|error| of_sqlite(file, &error))
    };
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| of_sqlite(file, &error))?;
    match application {
        APPLICATION_ID if version > VERSION => Err(storage(
            StorageCode::NewerVersion,
            file,
            format!(
                "has schema version {version}, and this drivebell knows {VERSION} at most: update \
                 drivebell, or give the path of a new file"
            ),
        )),
        APPLICATION_ID => Ok(version),
        0 if version == 0 && tables == 0 => Ok(0),
        _ => Err(storage(
            StorageCode::NotAMirror,
            file,
            "is a database of another program: give the path of a new file, or of a mirror",
        )),
    }
}

/// Brings the schema forward, in one transaction.
fn migrate(connection: &mut Connection, from: i32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = usize::try_from(from).unwrap_or_default();
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

fn code(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}
