//! Reading the tree, beside the mirror that keeps it true.

use std::fmt;
use std::sync::Arc;

use drivebell::{DriveItem, Error, Resource, StorageCode};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::storage;
use crate::lookup::{child_named, children_of, read_item};
use crate::node::{NodeId, facets};
use crate::paths::{ROOT, checked, id_key, joined, names};
use crate::reader::Reader;
use crate::stats::MirrorStats;
use crate::walk::Walk;

/// The tree of one drive: which items are there, where, and what is known of them.
///
/// It reads the file, in microseconds, and can be used from any thread. It is ahead of the changes that
/// the program has not asked for yet. Cloning is cheap.
#[derive(Clone)]
pub struct Tree {
    pub(crate) reader: Arc<Reader>,
    drive: i64,
    drive_id: Option<Arc<str>>,
    resource: Resource,
}

impl Tree {
    pub(crate) fn of(reader: &Arc<Reader>, resource: &Resource) -> Result<Option<Self>, Error> {
        let found: Option<(i64, Option<String>)> = reader.read(|connection| {
            connection
                .query_row(
                    "SELECT drive, drive_id FROM drive WHERE resource = ?",
                    [resource.to_string()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        Ok(found.map(|(drive, drive_id)| Self {
            reader: Arc::clone(reader),
            drive,
            drive_id: drive_id.map(Into::into),
            resource: resource.clone(),
        }))
    }

    /// As [`Reader::release`].
    pub(crate) fn release(&self) {
        self.reader.release();
    }

    /// The resource that is mirrored.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The item at a path from the drive's root, such as `/Reports/plan.pdf`. Case does not matter.
    /// `None` if there is none.
    ///
    /// # Errors
    /// `InvalidArgument` for a path that does not start with `/`, and `Storage`.
    pub fn get(&self, path: &str) -> Result<Option<DriveItem>, Error> {
        let path = checked("path", path)?;
        let json = self.reader.read(|connection| {
            self.at(connection, path)?
                .map(|node| self.item(connection, node))
                .transpose()
        })?;
        json.map(|json| self.parsed(&json)).transpose()
    }

    /// The item with this id; `None` if there is none.
    ///
    /// # Errors
    /// `Storage`.
    pub fn get_by_id(&self, id: &str) -> Result<Option<DriveItem>, Error> {
        let json = self.reader.read(|connection| {
            self.with_id(connection, id)?
                .map(|node| self.item(connection, node))
                .transpose()
        })?;
        json.map(|json| self.parsed(&json)).transpose()
    }

    /// The path of the item with this id; `None` if there is none, or if its folder is not known yet.
    ///
    /// # Errors
    /// `Storage`.
    pub fn path(&self, id: &str) -> Result<Option<String>, Error> {
        self.reader.read_paths(|connection, paths| {
            let found: Option<(Option<NodeId>, Option<String>, i64)> = connection
                .prepare_cached(
                    "SELECT parent, name, facets FROM node WHERE id_key = ? AND id = ? AND drive = ? AND state = 2",
                )?
                .query_row(params![id_key(id), id, self.drive], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            Ok(match found {
                Some((_, _, of)) if of & facets::ROOT != 0 => Some(ROOT.to_owned()),
                Some((Some(folder), Some(name), _)) => {
                    let folder = paths.get(connection, folder)?;
                    folder.map(|folder| joined(&folder, &name))
                }
                _ => None,
            })
        })
    }

    /// The items directly in a folder, by name. Empty for a file, and for a path at which nothing is.
    ///
    /// # Errors
    /// `InvalidArgument` for a path that does not start with `/`, and `Storage`.
    pub fn children(&self, path: &str) -> Result<Vec<DriveItem>, Error> {
        let path = checked("path", path)?;
        let items = self.reader.read(|connection| {
            let Some(node) = self.at(connection, path)? else {
                return Ok(Vec::new());
            };
            let mut nodes = children_of(connection, node)?;
            nodes.sort_by(|left, right| left.1.cmp(&right.1));
            let items = nodes.iter().map(|(node, ..)| self.item(connection, *node));
            items.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        items.iter().map(|json| self.parsed(json)).collect()
    }

    /// Everything in a folder, at all depths, with its path: a folder before its content, names in order.
    /// The folder itself is not included.
    ///
    /// It reads some hundred items at a time, so it needs little memory; what changes meanwhile may be
    /// seen or not.
    ///
    /// # Errors
    /// `InvalidArgument` for a path that does not start with `/`, and `Storage`.
    pub fn walk(&self, path: &str) -> Result<Walk, Error> {
        let path = checked("path", path)?;
        let folder = self.reader.read_paths(|connection, paths| {
            let Some(node) = self.at(connection, path)? else {
                return Ok(None);
            };
            let spelled = paths.get(connection, node)?;
            Ok(Some((
                node,
                spelled.as_deref().unwrap_or_default().to_owned(),
            )))
        })?;
        Ok(Walk::new(self, folder))
    }

    /// The counts of the drive. Those of its stream of changes are zero.
    ///
    /// # Errors
    /// `Storage`.
    pub fn stats(&self) -> Result<MirrorStats, Error> {
        let mut stats = self.reader.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce((SELECT below + 1 FROM node WHERE node = drive.root), 0), waiting, sequence, acknowledged, suppressed, drift, ready FROM drive WHERE drive = ?",
            )?;
            statement.query_row([self.drive], |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
                let (sequence, acknowledged) = (count(2)?, count(3)?);
                Ok(MirrorStats {
                    rows: count(0)?,
                    waiting: count(1)?,
                    outbox: sequence.saturating_sub(acknowledged),
                    sequence,
                    acknowledged,
                    suppressed: count(4)?,
                    drift: count(5)?,
                    ready: row.get(6)?,
                    ..MirrorStats::default()
                })
            })
        })?;
        stats.file_size = self.reader.file_size();
        Ok(stats)
    }

    fn at(&self, connection: &Connection, path: &str) -> rusqlite::Result<Option<NodeId>> {
        let mut node: Option<NodeId> = connection
            .prepare_cached("SELECT root FROM drive WHERE drive = ?")?
            .query_row([self.drive], |row| row.get(0))
            .optional()?
            .flatten();
        for name in names(path) {
            let Some(folder) = node else {
                return Ok(None);
            };
            node = child_named(connection, folder, name)?;
        }
        Ok(node)
    }

    fn with_id(&self, connection: &Connection, id: &str) -> rusqlite::Result<Option<NodeId>> {
        connection
            .prepare_cached(
                "SELECT node FROM node WHERE id_key = ? AND id = ? AND drive = ? AND state IN (1, 2)",
            )?
            .query_row(params![id_key(id), id, self.drive], |row| row.get(0))
            .optional()
    }

    pub(crate) fn item(&self, connection: &Connection, node: NodeId) -> rusqlite::Result<String> {
        read_item(connection, node, self.drive_id.as_deref(), false)
    }

    pub(crate) fn parsed(&self, json: &str) -> Result<DriveItem, Error> {
        DriveItem::from_raw(json).map_err(|_| {
            let says =
                "holds an item that cannot be read: move it away, and a new one will be filled";
            storage(StorageCode::Damaged, self.reader.file(), says)
        })
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
