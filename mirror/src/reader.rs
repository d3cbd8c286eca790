//! A connection that only reads.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{Error, Resource};
use rusqlite::Connection;

use crate::error::of_sqlite;
use crate::log_guard::LogGuard;
use crate::schema;

/// A connection that only reads.
pub(crate) struct Reader {
    file: PathBuf,
    /// Made again when it is needed after it was released.
    connection: Mutex<Option<Connection>>,
    /// Dropped after the connection.
    _guard: Option<Arc<LogGuard>>,
}

impl Reader {
    /// `guard`: that of the mirror, if this process mirrors the file.
    pub(crate) fn open(file: &Path, guard: Option<Arc<LogGuard>>) -> Result<Self, Error> {
        Ok(Self {
            connection: Mutex::new(Some(schema::open_reader(file, guard.is_some())?)),
            file: file.to_owned(),
            _guard: guard,
        })
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connection, so that it does not hold the file of a mirror that has closed.
    pub(crate) fn release(&self) {
        *self.connection() = None;
    }

    /// Reads within one transaction, so that a batch which comes meanwhile is seen whole or not at all.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut open = self.connection();
        let connection = match open.take() {
            Some(connection) => open.insert(connection),
            // As that of a mirror: only those are released.
            None => open.insert(schema::open_reader(&self.file, true)?),
        };
        let transaction = connection.unchecked_transaction();
        let result = transaction.and_then(|transaction| read(&transaction));
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
