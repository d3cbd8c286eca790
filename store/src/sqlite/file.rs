//! The file: what it must be, its version, and the settings of a connection.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use drivebell::{Error, StorageCode};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::problem::{NOT_A_STORE, Problem, is_busy};

/// `PRAGMA application_id` of every store: "dbst".
const APPLICATION_ID: i32 = 0x6462_7374;

/// `PRAGMA user_version` of the schema that this version writes.
const VERSION: i32 = 1;

/// How long to wait for others that hold the file.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// # Errors
/// `InvalidArgument` by the name `path`, or `Storage`. A file that is refused is not changed.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let refused = |problem: String| Err(Error::invalid_argument("path", problem));
    if path.as_os_str().is_empty() {
        return refused("is empty: give the path of a file".to_owned());
    }
    if path.is_dir() {
        let path = path.display();
        return refused(format!(
            "{path} is a directory: give the path of a file in it"
        ));
    }
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match try_open(path) {
            // Whoever changes the mode of the journal is told at once that another one is there.
            Err(Problem::Sqlite(error)) if is_busy(&error) && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome.map_err(|problem| problem.into_error(path)),
        }
    }
}

fn try_open(path: &Path) -> Result<Connection, Problem> {
    // Without SQLITE_OPEN_URI, so that a path is only a path.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let version = version(&connection.transaction()?)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(Problem::Sqlite(code(rusqlite::ffi::SQLITE_READONLY)));
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // A killed process loses nothing that it has committed. Only a crash of the machine may lose the
    // last moments, for all processes alike.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", 32_000_000, |_| Ok(()))?;
    if version == 0 {
        create(&mut connection)?;
    }
    Ok(connection)
}

/// The version of the file's schema; 0 for a file that is new or empty. In a transaction, because another
/// process may be making the tables.
fn version(connection: &Transaction<'_>) -> Result<i32, Problem> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match application {
        APPLICATION_ID if version > VERSION => Err(Problem::File(
            StorageCode::NewerVersion.as_str(),
            format!(
                "has schema version {version}, and this drivebell knows {VERSION} at most: update \
                 drivebell in all processes, or give the path of a new file"
            ),
        )),
        APPLICATION_ID => Ok(version),
        0 if version == 0 && tables == 0 => Ok(0),
        _ => Err(Problem::File(
            NOT_A_STORE,
            "is a database of another program: give the path of a new file, or of a store"
                .to_owned(),
        )),
    }
}

/// Makes the tables, unless another process has just done so.
fn create(connection: &mut Connection) -> Result<(), Problem> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? == 0 {
        transaction.execute_batch(include_str!("schema.sql"))?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

fn code(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
}
