//! Keeps the tree, and says what changes in it.
//!
//! A batch takes three steps, in one transaction with its checkpoint. [`batch`] and [`absorb`] bring the items into
//! the table of nodes and note what was different before. [`report`] turns that into changes, in an
//! order in which the consumer can apply them, and [`spread`] decides which of them, and of the items in
//! a folder, pass the filter. [`outbox`] keeps them until they are done.

mod absorb;
mod batch;
mod cascade;
#[cfg(test)]
mod check;
mod checkpointer;
mod counts;
mod drive_row;
mod fields;
mod first_fill;
mod known_children;
mod new_node;
mod node_queries;
mod node_table;
mod nodes;
mod outbox;
mod report;
mod restore;
mod spread;
mod sweep;
mod words;
mod work;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drivebell::{Error, Initial, MirrorOptions, Resource, StorageCode};
use rusqlite::{Connection, OptionalExtension};

use self::checkpointer::{Checkpointer, OneCheckpoint};
use self::drive_row::DriveRow;
use self::nodes::Nodes;
use self::outbox::Outbox;
use crate::chunk::Chunk;
use crate::error::{of_sqlite, storage};
use crate::filter::Filter;
use crate::keeper::DriveKey;
use crate::log_guard::LogGuard;
use crate::reading::Arrival;
use crate::schema;

/// What a consumer asked for.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) filter: Filter,
    pub(crate) initial: Initial,
    pub(crate) keep_raw: bool,
    /// The only drive of the file; `None` if it may have many.
    pub(crate) only: Option<Resource>,
}

impl Settings {
    pub(crate) fn new(filter: Filter, options: &MirrorOptions, only: Option<&Resource>) -> Self {
        Self {
            filter,
            initial: options.initial.unwrap_or_default(),
            keep_raw: options.keep_raw,
            only: only.cloned(),
        }
    }

    /// Whether what changes in a drive is told to the consumer.
    fn tells(&self, drive: &DriveRow) -> bool {
        (drive.ready || drive.initial != Initial::Silent) && !self.filter.wants_nothing()
    }
}

/// A drive of the file.
#[derive(Debug, Clone)]
pub(crate) struct Enrolled {
    pub(crate) drive: DriveKey,
    /// Where its stream of changes goes on.
    pub(crate) checkpoint: Option<String>,
    pub(crate) ready: bool,
}

/// Why a batch could not be stored.
#[derive(Debug)]
pub(crate) enum Failure {
    Sqlite(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The file, opened for writing.
pub(crate) struct Store {
    file: PathBuf,
    connection: Connection,
    /// Dropped after the connection.
    guard: Arc<LogGuard>,
    settings: Settings,
    drives: HashMap<DriveKey, DriveRow>,
    nodes: Nodes,
    outbox: Outbox,
    in_transaction: bool,
    /// Whether the next transaction waits until it is on the disk.
    durable: bool,
    /// During a first enumeration of which nobody is told.
    checkpointer: Option<Checkpointer>,
    /// After a large transaction.
    one_checkpoint: Option<OneCheckpoint>,
}

impl Store {
    pub(crate) fn open(file: &Path, settings: Settings) -> Result<Self, Error> {
        let connection = schema::open(file)?;
        let failed = |error: rusqlite::Error| of_sqlite(file, &error);
        if let Some(only) = &settings.only {
            check_only(&connection, file, only)?;
        }
        Ok(Self {
            outbox: Outbox::of(&connection).map_err(failed)?,
            nodes: Nodes::of(&connection).map_err(failed)?,
            guard: Arc::new(LogGuard::hold(file)),
            file: file.to_owned(),
            connection,
            settings,
            drives: HashMap::new(),
            in_transaction: false,
            durable: false,
            checkpointer: None,
            one_checkpoint: None,
        })
    }

    pub(crate) fn guard(&self) -> Arc<LogGuard> {
        Arc::clone(&self.guard)
    }

    /// Adds a drive, or goes on with it.
    pub(crate) fn enroll(&mut self, resource: &Resource) -> Result<Enrolled, Error> {
        self.run(|store| {
            store.begin(true)?;
            let found = DriveRow::find(&store.connection, resource)?;
            let row = if let Some(row) = found {
                row
            } else {
                DriveRow::insert(&store.connection, resource, store.settings.initial)?;
                DriveRow::find(&store.connection, resource)?
                    .ok_or(rusqlite::Error::QueryReturnedNoRows)?
            };
            store.finish()?;
            let enrolled = Enrolled {
                drive: row.key,
                checkpoint: row.checkpoint.clone(),
                ready: row.ready,
            };
            store.drives.insert(row.key, row);
            store.outbox.start_over();
            Ok(enrolled)
        })
    }

    /// Hands out no more changes of a drive.
    pub(crate) fn leave(&mut self, drive: DriveKey) {
        self.drives.remove(&drive);
        self.outbox.leave(drive);
    }

    /// Stores a batch, in the transaction that is open or in a new one. [`commit`](Self::commit) ends it.
    pub(crate) fn apply(&mut self, drive: DriveKey, arrival: &Arrival) -> Result<(), Error> {
        self.run(|store| {
            // It was removed while its batch was under way.
            let Some(mut row) = store.drives.remove(&drive) else {
                return Ok(());
            };
            let tells = store.settings.tells(&row);
            let stored = store
                .begin(tells)
                .map_err(Failure::from)
                .and_then(|()| store.absorb_batch(&mut row, arrival));
            store.drives.insert(drive, row);
            stored
        })
    }

    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        self.run(|store| {
            store.finish()?;
            Ok(())
        })
    }

    /// Forgets the transaction that is open.
    pub(crate) fn abandon(&mut self) {
        if std::mem::take(&mut self.in_transaction) {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// Whether [`next_chunk`](Self::next_chunk) finds something that is committed, while a transaction is
    /// open.
    pub(crate) fn has_committed_changes(&self) -> bool {
        self.outbox.has_committed()
    }

    /// Leaves one file, without a write-ahead log beside it.
    pub(crate) fn close(mut self) {
        self.checkpointer = None;
        self.one_checkpoint = None;
        self.guard.release();
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let checkpoint = self.connection.query_row(sql, [], |_| Ok(()));
        if let Err(error) = checkpoint {
            tracing::debug!(%error, "the write-ahead log stays beside the mirror's file");
        }
    }

    /// How many changes wait or are under way.
    pub(crate) fn outbox(&self) -> u64 {
        let drives = self.drives.values();
        drives
            .map(|drive| drive.sequence - drive.acknowledged)
            .sum()
    }

    pub(crate) fn is_enumerating(&self, drive: DriveKey) -> bool {
        self.drives
            .get(&drive)
            .is_some_and(DriveRow::is_enumerating)
    }

    pub(crate) fn is_ready(&self, drive: DriveKey) -> bool {
        self.drives.get(&drive).is_some_and(|drive| drive.ready)
    }

    /// The last change of a drive that is done; `None` for one that has left.
    pub(crate) fn acknowledged(&self, drive: DriveKey) -> Option<u64> {
        self.drives.get(&drive).map(|drive| drive.acknowledged)
    }

    /// Notes that the changes of a drive up to this sequence are done.
    pub(crate) fn acknowledge(&mut self, drive: DriveKey, sequence: u64) -> Result<(), Error> {
        self.run(|store| {
            let Some(row) = store.drives.get(&drive) else {
                return Ok(());
            };
            if sequence <= row.acknowledged {
                return Ok(());
            }
            // If it is lost in a power failure, the changes come once more.
            store.begin(false)?;
            store.outbox.done(&store.connection, drive, sequence)?;
            if let Some(row) = store.drives.get_mut(&drive) {
                row.acknowledged = sequence;
                row.changed = true;
            }
            Ok(())
        })
    }

    /// The next changes, which must be committed.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<(DriveKey, Chunk)>, Error> {
        self.run(|store| Ok(store.outbox.next(&store.connection, &store.drives)?))
    }

    /// Prepares [`next_chunk`](Self::next_chunk).
    pub(crate) fn read_ahead(&mut self) -> Result<(), Error> {
        self.run(|store| Ok(store.outbox.read_ahead(&store.connection)?))
    }

    /// # Errors
    /// What went wrong, after the transaction was rolled back.
    fn run<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Error> {
        act(self).map_err(|failure| match failure {
            Failure::Sqlite(error) => of_sqlite(&self.file, &error),
            Failure::Other(error) => error,
        })
    }

    fn begin(&mut self, durable: bool) -> rusqlite::Result<()> {
        if self.in_transaction {
            return Ok(());
        }
        if durable != self.durable {
            // FULL waits for the disk: what a consumer has seen must survive a power failure, because a
            // sequence must not be given twice. NORMAL does not, and keeps the file whole all the same.
            let level = match durable {
                // The tests of this crate kill no machine.
                _ if cfg!(test) => "OFF",
                true => "FULL",
                false => "NORMAL",
            };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.durable = durable;
        }
        self.choose_checkpointer()?;
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        self.in_transaction = true;
        Ok(())
    }

    /// Lets another thread move the write-ahead log into the file as long as that is worth it.
    fn choose_checkpointer(&mut self) -> rusqlite::Result<()> {
        let wanted = !self.durable && !self.nodes.is_indexed();
        if wanted != self.checkpointer.is_some() {
            self.checkpointer = if wanted {
                Checkpointer::start(&self.file)
            } else {
                None
            };
            self.choose_automatic_checkpoint()?;
        }
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.prepare();
        }
        let is_done = |once: &OneCheckpoint| once.is_done();
        if self.one_checkpoint.as_ref().is_some_and(is_done) {
            self.one_checkpoint = None;
            self.choose_automatic_checkpoint()?;
        }
        Ok(())
    }

    fn choose_automatic_checkpoint(&self) -> rusqlite::Result<()> {
        let automatic = self.checkpointer.is_none() && self.one_checkpoint.is_none();
        schema::set_automatic_checkpoint(&self.connection, automatic)
    }

    fn finish(&mut self) -> rusqlite::Result<()> {
        if !self.in_transaction {
            return Ok(());
        }
        self.nodes.counts.flush(&self.connection)?;
        for drive in self.drives.values_mut() {
            drive.save(&self.connection)?;
        }
        #[cfg(test)]
        check::counts(&self.connection);
        let is_large = self.outbox.is_large() && self.checkpointer.is_none();
        if is_large {
            schema::set_automatic_checkpoint(&self.connection, false)?;
        }
        self.connection.prepare_cached("COMMIT")?.execute([])?;
        if is_large {
            // Only one at a time: the last is mostly done.
            self.one_checkpoint = None;
            self.one_checkpoint = OneCheckpoint::start(&self.file);
            self.choose_automatic_checkpoint()?;
        }
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.committed();
        }
        self.outbox.committed();
        self.in_transaction = false;
        Ok(())
    }

    fn other_drive(&self, says: &str) -> Failure {
        Failure::Other(storage(StorageCode::OtherDrive, &self.file, says))
    }
}

/// # Errors
/// `Storage` for a file that holds other drives.
fn check_only(connection: &Connection, file: &Path, only: &Resource) -> Result<(), Error> {
    let other: Option<String> = connection
        .query_row(
            "SELECT resource FROM drive ORDER BY resource = ? DESC LIMIT 1",
            [only.to_string()],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| of_sqlite(file, &error))?;
    match other {
        Some(other) if other != only.to_string() => Err(storage(
            StorageCode::OtherDrive,
            file,
            format!(
                "mirrors {other}, not {only}: give the path of another file, or mirror both with mirror_all"
            ),
        )),
        _ => Ok(()),
    }
}
