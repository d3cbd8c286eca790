//! The changes that are not done yet.

use std::collections::{HashMap, VecDeque};

use rusqlite::{Connection, OptionalExtension, params};

use super::drive_row::DriveRow;
use crate::change::Change;
use crate::chunk::Chunk;
use crate::keeper::DriveKey;

/// How many changes a chunk has at most.
pub(super) const MAX_CHUNK: usize = 1_000;

/// How many changes are kept in memory beside the file, for a consumer that keeps up.
const MAX_HOT: usize = 6_000;

/// How many bytes of changes make a transaction large: some 10,000 changes.
const LARGE: usize = if cfg!(test) { 10_000 } else { 8_000_000 };

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The changes that are still to be written.
    open: Vec<Change>,
    text: String,
    /// Chunks in memory, the next ones to be handed out; and how many changes they have that were never
    /// read from the file.
    hot: VecDeque<Stored>,
    hot_changes: usize,
    /// The last chunk that was handed out, or 0; the last that was written; and the last that is in the
    /// file for good.
    handed_out: i64,
    written: i64,
    committed: i64,
    uncommitted_bytes: usize,
    /// Chunks that were handed out and are not done: chunk, drive, last sequence.
    undone: VecDeque<(i64, DriveKey, u64)>,
}

/// A chunk in the file.
#[derive(Debug)]
struct Stored {
    chunk: i64,
    drive: DriveKey,
    /// The sequence of its last change.
    last: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Changes(Vec<Change>),
    Lines(String),
}

impl Outbox {
    /// Of a file that was just opened.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let written =
            connection.query_row("SELECT coalesce(max(chunk), 0) FROM outbox", [], |row| {
                row.get(0)
            })?;
        Ok(Self {
            written,
            committed: written,
            ..Self::default()
        })
    }

    /// Adds a change, and gives it its sequence.
    pub(super) fn push(
        &mut self,
        connection: &Connection,
        drive: &mut DriveRow,
        mut change: Change,
    ) -> rusqlite::Result<()> {
        drive.sequence += 1;
        drive.changed = true;
        change.sequence = drive.sequence;
        change.write_line(&mut self.text);
        self.open.push(change);
        if self.open.len() == MAX_CHUNK {
            self.flush(connection, drive)?;
        }
        Ok(())
    }

    /// Writes what was pushed for a drive.
    pub(super) fn flush(
        &mut self,
        connection: &Connection,
        drive: &DriveRow,
    ) -> rusqlite::Result<()> {
        let (Some(first), Some(last)) = (self.open.first(), self.open.last()) else {
            return Ok(());
        };
        let last = last.sequence;
        let chunk = connection
            .prepare_cached("INSERT INTO outbox (drive, first, last, changes) VALUES (?, ?, ?, ?)")?
            .insert(params![
                drive.key,
                first.sequence.cast_signed(),
                last.cast_signed(),
                self.text
            ])?;
        self.uncommitted_bytes += self.text.len();
        self.text.clear();
        let changes = std::mem::take(&mut self.open);
        // Only what follows on what is in memory or handed out already.
        let follows = self
            .hot
            .back()
            .map_or(self.handed_out, |stored| stored.chunk)
            == self.written;
        if follows && self.hot_changes < MAX_HOT {
            self.hot_changes += changes.len();
            self.hot.push_back(Stored {
                chunk,
                drive: drive.key,
                last,
                content: Content::Changes(changes),
            });
        }
        self.written = chunk;
        Ok(())
    }

    /// What was written is in the file.
    pub(super) fn committed(&mut self) {
        self.committed = self.written;
        self.uncommitted_bytes = 0;
    }

    /// Whether the open transaction has so much that moving it out of the write-ahead log takes long.
    pub(super) fn is_large(&self) -> bool {
        self.uncommitted_bytes > LARGE
    }

    /// Whether the next chunk is in the file.
    pub(super) fn has_committed(&self) -> bool {
        self.handed_out < self.committed
    }

    /// The next chunk of these drives that is in the file for good.
    pub(super) fn next(
        &mut self,
        connection: &Connection,
        drives: &HashMap<DriveKey, DriveRow>,
    ) -> rusqlite::Result<Option<(DriveKey, Chunk)>> {
        while self.has_committed() {
            let is_hot = |next: &Stored| next.chunk <= self.committed;
            let next = if self.hot.front().is_some_and(is_hot) {
                self.hot.pop_front()
            } else {
                self.read(connection)?
            };
            let Some(next) = next else {
                self.handed_out = self.committed;
                return Ok(None);
            };
            if let Content::Changes(changes) = &next.content {
                self.hot_changes -= changes.len();
            }
            self.handed_out = next.chunk;
            if self.undone.iter().any(|(undone, ..)| *undone == next.chunk) {
                continue;
            }
            let known = drives.get(&next.drive);
            let Some(known) = known.filter(|known| next.last > known.acknowledged) else {
                continue;
            };
            self.undone.push_back((next.chunk, next.drive, next.last));
            let chunk = match next.content {
                Content::Changes(mut changes) => {
                    changes.retain(|change| change.sequence > known.acknowledged);
                    Chunk::Changes(changes)
                }
                Content::Lines(lines) => Chunk::Lines {
                    resource: known.resource.clone(),
                    lines,
                    after: known.acknowledged,
                },
            };
            return Ok(Some((next.drive, chunk)));
        }
        Ok(None)
    }

    /// Reads the next chunk while the consumer is busy with the last, if it is not in memory.
    pub(super) fn read_ahead(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.hot.is_empty() && self.has_committed() {
            self.hot.extend(self.read(connection)?);
        }
        Ok(())
    }

    fn read(&self, connection: &Connection) -> rusqlite::Result<Option<Stored>> {
        let mut statement = connection.prepare_cached(
            "SELECT chunk, drive, last, changes FROM outbox WHERE chunk > ? AND chunk <= ? \
             ORDER BY chunk LIMIT 1",
        )?;
        statement
            .query_row([self.handed_out, self.committed], |row| {
                Ok(Stored {
                    chunk: row.get(0)?,
                    drive: row.get(1)?,
                    last: row.get::<_, i64>(2)?.unsigned_abs(),
                    content: Content::Lines(row.get(3)?),
                })
            })
            .optional()
    }

    /// Forgets what is done.
    pub(super) fn done(
        &mut self,
        connection: &Connection,
        drive: DriveKey,
        sequence: u64,
    ) -> rusqlite::Result<()> {
        let mut delete = connection.prepare_cached("DELETE FROM outbox WHERE chunk = ?")?;
        let is_done = |(_, of, last): &(i64, DriveKey, u64)| *of == drive && *last <= sequence;
        for (chunk, ..) in self.undone.iter().filter(|chunk| is_done(chunk)) {
            delete.execute([chunk])?;
        }
        self.undone.retain(|chunk| !is_done(chunk));
        Ok(())
    }

    /// A drive has left: what is under way of it comes again when it joins.
    pub(super) fn leave(&mut self, drive: DriveKey) {
        self.undone.retain(|(_, of, _)| *of != drive);
    }

    /// A drive has joined: the chunks that were passed over may be its own.
    pub(super) fn start_over(&mut self) {
        self.handed_out = 0;
        self.hot.clear();
        self.hot_changes = 0;
    }
}
