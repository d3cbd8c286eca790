//! The changes that are not done yet.

use std::collections::{HashMap, VecDeque};

use rusqlite::{Connection, OptionalExtension, params};

use super::drive_row::DriveRow;
use crate::change::Change;
use crate::keeper::DriveKey;

/// How many changes a chunk has at most.
pub(super) const MAX_CHUNK: usize = 1_000;

/// How many changes are kept in memory beside the file, for a consumer that keeps up.
const MAX_HOT: usize = 6_000;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// The changes that are still to be written.
    open: Vec<Change>,
    text: String,
    /// Chunks in memory, the next ones to be handed out.
    hot: VecDeque<(i64, DriveKey, Vec<Change>)>,
    hot_changes: usize,
    /// The last chunk that was handed out, or 0; the last that was written; and the last that is in the
    /// file for good.
    handed_out: i64,
    written: i64,
    committed: i64,
    /// Chunks that were handed out and are not done: chunk, drive, last sequence.
    undone: VecDeque<(i64, DriveKey, u64)>,
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
        let chunk = connection
            .prepare_cached("INSERT INTO outbox (drive, first, last, changes) VALUES (?, ?, ?, ?)")?
            .insert(params![
                drive.key,
                first.sequence.cast_signed(),
                last.sequence.cast_signed(),
                self.text
            ])?;
        self.text.clear();
        let changes = std::mem::take(&mut self.open);
        // Only what follows on what is in memory or handed out already.
        let follows = self
            .hot
            .back()
            .map_or(self.handed_out, |(chunk, ..)| *chunk)
            == self.written;
        if follows && self.hot_changes < MAX_HOT {
            self.hot_changes += changes.len();
            self.hot.push_back((chunk, drive.key, changes));
        }
        self.written = chunk;
        Ok(())
    }

    /// What was written is in the file.
    pub(super) fn committed(&mut self) {
        self.committed = self.written;
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
    ) -> rusqlite::Result<Option<(DriveKey, Vec<Change>)>> {
        loop {
            if self.handed_out >= self.committed {
                return Ok(None);
            }
            let is_hot = self
                .hot
                .front()
                .is_some_and(|(chunk, ..)| *chunk <= self.committed);
            let next = if is_hot {
                self.hot.pop_front()
            } else {
                self.read(connection, drives)?
            };
            let Some((chunk, drive, mut changes)) = next else {
                self.handed_out = self.committed;
                return Ok(None);
            };
            if is_hot {
                self.hot_changes -= changes.len();
            }
            self.handed_out = chunk;
            if self.undone.iter().any(|(undone, ..)| *undone == chunk) {
                continue;
            }
            let Some(known) = drives.get(&drive) else {
                continue;
            };
            changes.retain(|change| change.sequence > known.acknowledged);
            if let Some(last) = changes.last() {
                self.undone.push_back((chunk, drive, last.sequence));
                return Ok(Some((drive, changes)));
            }
        }
    }

    fn read(
        &self,
        connection: &Connection,
        drives: &HashMap<DriveKey, DriveRow>,
    ) -> rusqlite::Result<Option<(i64, DriveKey, Vec<Change>)>> {
        let mut statement = connection.prepare_cached(
            "SELECT chunk, drive, changes FROM outbox WHERE chunk > ? AND chunk <= ? \
             ORDER BY chunk LIMIT 1",
        )?;
        let found: Option<(i64, DriveKey, String)> = statement
            .query_row([self.handed_out, self.committed], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((chunk, drive, text)) = found else {
            return Ok(None);
        };
        let changes = match drives.get(&drive) {
            Some(known) => text
                .lines()
                .map(|line| Change::read_line(&known.resource, line))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(unreadable)?,
            None => Vec::new(),
        };
        Ok(Some((chunk, drive, changes)))
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

fn unreadable() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
        Some("the outbox has a line that is no change".to_owned()),
    )
}
