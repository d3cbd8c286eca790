//! What the file says of a drive as a whole.

use drivebell::{FoundBy, Initial, Resource, Trigger};
use rusqlite::{Connection, OptionalExtension, params};

use crate::keeper::DriveKey;
use crate::node::NodeId;

/// Why a drive is enumerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Start,
    Audit,
    Resync,
}

impl Cause {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Audit => "audit",
            Self::Resync => "resync",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "audit" => Self::Audit,
            "resync" => Self::Resync,
            _ => Self::Start,
        }
    }

    /// What the enumeration gives as the trigger of the deletions that it finds.
    pub(super) fn trigger(self) -> Trigger {
        match self {
            Self::Audit => Trigger::Audit,
            Self::Resync | Self::Start => Trigger::Resync,
        }
    }

    pub(super) fn found_by(self) -> Option<FoundBy> {
        match self {
            Self::Start => None,
            Self::Audit => Some(FoundBy::Audit),
            Self::Resync => Some(FoundBy::Resync),
        }
    }
}

/// A row of the table `drive`.
#[derive(Debug, Clone)]
pub(super) struct DriveRow {
    pub(super) key: DriveKey,
    pub(super) resource: Resource,
    pub(super) drive_id: Option<String>,
    pub(super) root: Option<NodeId>,
    pub(super) checkpoint: Option<String>,
    pub(super) snapshot: Option<String>,
    pub(super) mark: i64,
    pub(super) swept: i64,
    pub(super) cause: Cause,
    pub(super) initial: Initial,
    pub(super) ready: bool,
    pub(super) sequence: u64,
    pub(super) acknowledged: u64,
    pub(super) waiting: i64,
    pub(super) suppressed: i64,
    pub(super) drift: i64,
    /// It has rows in the table `deferred`.
    pub(super) has_deferred: bool,
    /// It differs from the file.
    pub(super) changed: bool,
}

impl DriveRow {
    pub(super) fn find(
        connection: &Connection,
        resource: &Resource,
    ) -> rusqlite::Result<Option<Self>> {
        let mut statement = connection.prepare_cached(
            "SELECT drive, drive_id, root, checkpoint, snapshot, mark, swept, cause, initial, ready, sequence, \
             acknowledged, waiting, suppressed, drift, \
             EXISTS (SELECT 1 FROM deferred WHERE deferred.drive = drive.drive) FROM drive WHERE resource = ?",
        )?;
        statement
            .query_row([resource.to_string()], |row| {
                let initial: String = row.get(8)?;
                let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
                Ok(Self {
                    key: row.get(0)?,
                    resource: resource.clone(),
                    drive_id: row.get(1)?,
                    root: row.get(2)?,
                    checkpoint: row.get(3)?,
                    snapshot: row.get(4)?,
                    mark: row.get(5)?,
                    swept: row.get(6)?,
                    cause: Cause::of(&row.get::<_, String>(7)?),
                    initial: initial.parse().unwrap_or_default(),
                    ready: row.get(9)?,
                    sequence: count(10)?,
                    acknowledged: count(11)?,
                    waiting: row.get(12)?,
                    suppressed: row.get(13)?,
                    drift: row.get(14)?,
                    has_deferred: row.get(15)?,
                    changed: false,
                })
            })
            .optional()
    }

    pub(super) fn insert(
        connection: &Connection,
        resource: &Resource,
        initial: Initial,
    ) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT INTO drive (resource, initial) VALUES (?, ?)",
            params![resource.to_string(), initial.as_str()],
        )?;
        Ok(())
    }

    pub(super) fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        let mut statement = connection.prepare_cached(
            "UPDATE drive SET drive_id = ?, root = ?, checkpoint = ?, snapshot = ?, mark = ?, swept = ?, cause = ?, \
             ready = ?, sequence = ?, acknowledged = ?, waiting = ?, suppressed = ?, drift = ? \
             WHERE drive = ?",
        )?;
        statement.execute(params![
            self.drive_id,
            self.root,
            self.checkpoint,
            self.snapshot,
            self.mark,
            self.swept,
            self.cause.name(),
            self.ready,
            self.sequence.cast_signed(),
            self.acknowledged.cast_signed(),
            self.waiting,
            self.suppressed,
            self.drift,
            self.key,
        ])?;
        Ok(())
    }

    /// An enumeration is under way.
    pub(super) fn is_enumerating(&self) -> bool {
        !self.ready || self.swept < self.mark
    }
}
