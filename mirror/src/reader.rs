//! A connection that only reads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{Error, Resource};
use rusqlite::Connection;

use crate::error::of_sqlite;
use crate::folder_paths::FolderPaths;
use crate::log_guard::LogGuard;
use crate::schema;

/// A connection that only reads.
pub(crate) struct Reader {
    file: PathBuf,
    /// Made again when it is needed after it was released.
    open: Mutex<Option<Open>>,
    /// Dropped after the connection.
    _guard: Option<Arc<LogGuard>>,
}

struct Open {
    connection: Connection,
    paths: FolderPaths,
}

impl Open {
    fn new(file: &Path, beside_writer: bool) -> Result<Self, Error> {
        Ok(Self {
            connection: schema::open_reader(file, beside_writer)?,
            paths: FolderPaths::default(),
        })
    }
}

/// A transaction. Its statements are prepared once, which counts in a read of microseconds.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(connection))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let ended = self.0.prepare_cached("COMMIT");
        // SQLite itself has ended the transaction then.
        let _ = ended.and_then(|mut statement| statement.execute([]));
    }
}

impl Reader {
    /// `guard`: that of the mirror, if this process mirrors the file.
    pub(crate) fn open(file: &Path, guard: Option<Arc<LogGuard>>) -> Result<Self, Error> {
        Ok(Self {
            open: Mutex::new(Some(Open::new(file, guard.is_some())?)),
            file: file.to_owned(),
            _guard: guard,
        })
    }

    fn open_now(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection, so that it does not hold the file of a mirror that has closed.
    pub(crate) fn release(&self) {
        *self.open_now() = None;
    }

    /// Reads within one transaction, so that a batch which comes meanwhile is seen whole or not at all.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        self.read_paths(|connection, _| read(connection))
    }

    /// The same, with the paths of folders that are known already.
    pub(crate) fn read_paths<T>(
        &self,
        read: impl FnOnce(&Connection, &mut FolderPaths) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut open = self.open_now();
        let Open { connection, paths } = match open.take() {
            Some(known) => open.insert(known),
            // As that of a mirror: only those are released.
            None => open.insert(Open::new(&self.file, true)?),
        };
        let result = Snapshot::begin(connection).and_then(|_snapshot| read(connection, paths));
        result.map_err(|error| of_sqlite(&self.file, &error))
    }

    pub(crate) fn resources(&self) -> Result<Vec<Resource>, Error> {
        let paths: Vec<String> = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT resource FROM drive ORDER BY drive")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })?;
        paths.iter().map(|path| resource_of(path)).collect()
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// With its write-ahead log.
    pub(crate) fn file_size(&self) -> u64 {
        let mut log = self.file.as_os_str().to_owned();
        log.push("-wal");
        let size = |file: &Path| std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        size(&self.file) + size(Path::new(&log))
    }
}

/// The resource whose path is stored.
fn resource_of(path: &str) -> Result<Resource, Error> {
    path.parse()
        .or_else(|_| Resource::path(&format!("{path}/subscriptions/socketIo"), None))
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
