//! Reading the tree, beside the mirror that keeps it true.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{DriveItem, Error, Resource};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{Problem, of_sqlite, storage};
use crate::filter::PathFilter;
use crate::log_guard::LogGuard;
use crate::node::{FIELDS, Fields, NodeId, Place, State, facets, item_json, raw_json};
use crate::paths::{ROOT, checked, id_key, joined, name_key, names, same_name};
use crate::schema;
use crate::stats::MirrorStats;

/// How many items [`Walk`] reads at a time.
const CHUNK: usize = 512;

/// How many items [`Walk`] passes in one transaction, which keeps the write-ahead log from being reused.
const MAX_STEPS: usize = 16 * CHUNK;

/// How deep a folder may be. Graph's own limit is the 400 characters of a path.
pub(crate) const MAX_DEPTH: usize = 1_000;

/// A connection that only reads.
pub(crate) struct Reader {
    file: PathBuf,
    /// Made again when it is needed after it was released.
    connection: Mutex<Option<Connection>>,
    /// Dropped after the connection.
    _guard: Option<Arc<LogGuard>>,
}

/// The tree of one drive: which items are there, where, and what is known of them.
///
/// It reads the file, in microseconds, and can be used from any thread. It is ahead of the changes that
/// the program has not asked for yet. Cloning is cheap.
#[derive(Clone)]
pub struct Tree {
    reader: Arc<Reader>,
    drive: i64,
    drive_id: Option<Arc<str>>,
    resource: Resource,
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
    fn file_size(&self) -> u64 {
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
        self.reader.read(|connection| {
            let Some(node) = self.with_id(connection, id)? else {
                return Ok(None);
            };
            path_of(connection, node)
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
        let node = self.reader.read(|connection| self.at(connection, path))?;
        let folder = if path == ROOT {
            ROOT.to_owned()
        } else {
            let spelled = node.map(|node| self.reader.read(|connection| path_of(connection, node)));
            spelled.transpose()?.flatten().unwrap_or_default()
        };
        Ok(Walk {
            tree: self.clone(),
            chunk: VecDeque::new(),
            open: node.map(|node| (node, folder)).into_iter().collect(),
            ready: Vec::new(),
            filter: None,
        })
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

    fn item(&self, connection: &Connection, node: NodeId) -> rusqlite::Result<String> {
        read_item(connection, node, self.drive_id.as_deref(), false)
    }

    fn parsed(&self, json: &str) -> Result<DriveItem, Error> {
        DriveItem::from_raw(json).map_err(|_| {
            let says =
                "holds an item that cannot be read: move it away, and a new one will be filled";
            storage(Problem::Damaged, self.reader.file(), says)
        })
    }
}

/// The JSON of an item in the tree.
pub(crate) fn read_item(
    connection: &Connection,
    node: NodeId,
    drive_id: Option<&str>,
    deleted: bool,
) -> rusqlite::Result<String> {
    let raw: Option<String> = connection
        .prepare_cached("SELECT json FROM raw WHERE node = ?")?
        .query_row([node], |row| row.get(0))
        .optional()?;
    if let Some(raw) = raw {
        return Ok(raw_json(raw, deleted));
    }
    let sql = const_sql();
    let mut statement = connection.prepare_cached(sql)?;
    let (id, parent_id, fields): (String, Option<String>, Fields) = statement
        .query_row([node], |row: &Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, Fields::read(row, 2)?))
        })?;
    let place = Place {
        id: &id,
        parent_id: parent_id.as_deref(),
        drive_id,
        deleted,
    };
    item_json(place, &fields, |number| {
        connection
            .prepare_cached("SELECT text FROM word WHERE word = ?")?
            .query_row([number], |row| row.get(0))
    })
}

fn const_sql() -> &'static str {
    static SQL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    SQL.get_or_init(|| {
        format!(
            "SELECT node.id, folder.id, {FIELDS} FROM node LEFT JOIN node AS folder ON folder.node = node.parent \
             WHERE node.node = ?"
        )
    })
}

/// The child with this name: of two that differ in case alone, the one that is spelled the same.
pub(crate) fn child_named(
    connection: &Connection,
    folder: NodeId,
    name: &str,
) -> rusqlite::Result<Option<NodeId>> {
    let mut statement = connection.prepare_cached(
        "SELECT node, name FROM node WHERE parent = ? AND name_key = ? AND state = 2",
    )?;
    let mut rows = statement.query(params![folder, name_key(name)])?;
    let mut found = None;
    while let Some(row) = rows.next()? {
        let known: &str = row.get_ref(1)?.as_str().unwrap_or_default();
        if known == name {
            return Ok(Some(row.get(0)?));
        }
        if same_name(known, name) {
            found = Some(row.get(0)?);
        }
    }
    Ok(found)
}

/// The children in the tree: node, name, and whether it may have children itself: a notebook, which is a
/// package, has.
fn children_of(
    connection: &Connection,
    folder: NodeId,
) -> rusqlite::Result<Vec<(NodeId, String, bool)>> {
    let mut statement = connection
        .prepare_cached("SELECT node, name, facets FROM node WHERE parent = ? AND state = 2")?;
    let rows = statement.query_map([folder], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get::<_, i64>(2)? & (facets::FOLDER | facets::PACKAGE) != 0,
        ))
    })?;
    rows.collect()
}

/// The path of a node; `None` if one of its folders is not known.
pub(crate) fn path_of(connection: &Connection, node: NodeId) -> rusqlite::Result<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT parent, name, facets, state FROM node WHERE node = ?")?;
    let mut names: Vec<String> = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        let mut rows = statement.query([node])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        if State::of(row.get(3)?) != State::There {
            return Ok(None);
        }
        if row.get::<_, i64>(2)? & facets::ROOT != 0 {
            return Ok(Some(whole(&names)));
        }
        if names.len() == MAX_DEPTH {
            return Ok(None);
        }
        names.push(row.get(1)?);
        next = row.get(0)?;
    }
    Ok(None)
}

fn whole(names: &[String]) -> String {
    let mut path = String::with_capacity(names.iter().map(|name| name.len() + 1).sum());
    for name in names.iter().rev() {
        path.push('/');
        path.push_str(name);
    }
    if path.is_empty() {
        ROOT.to_owned()
    } else {
        path
    }
}

/// Items with their paths, from [`Tree::walk`]: an iterator.
pub struct Walk {
    tree: Tree,
    /// What the iterator has read.
    chunk: VecDeque<(String, DriveItem)>,
    /// Folders whose children are still to be read, the next one last.
    open: Vec<(NodeId, String)>,
    /// What was read, the next one last.
    ready: Vec<Step>,
    filter: Option<PathFilter>,
}

struct Step {
    node: NodeId,
    path: String,
    is_folder: bool,
}

impl Walk {
    /// Gives only the items whose path matches. What is in a folder that does not match may match itself.
    #[must_use]
    pub fn matching(mut self, filter: &PathFilter) -> Self {
        self.filter = Some(filter.clone());
        self
    }

    /// Up to some hundred items; none at the end. Use either this or the iterator.
    ///
    /// # Errors
    /// `Storage`.
    pub fn next_chunk(&mut self) -> Result<Vec<(String, DriveItem)>, Error> {
        let tree = self.tree.clone();
        loop {
            let (steps, is_last) = tree.reader.read(|connection| self.chunk(connection))?;
            if is_last || !steps.is_empty() {
                return steps
                    .into_iter()
                    .map(|(path, json)| Ok((path, tree.parsed(&json)?)))
                    .collect();
            }
        }
    }

    /// Paths with their items, and whether the walk is over.
    fn chunk(
        &mut self,
        connection: &Connection,
    ) -> rusqlite::Result<(Vec<(String, String)>, bool)> {
        let mut chunk = Vec::new();
        for _ in 0..MAX_STEPS {
            if chunk.len() == CHUNK {
                break;
            }
            let Some(step) = self.step(connection)? else {
                return Ok((chunk, true));
            };
            let matches = |filter: &PathFilter| filter.matches(&step.path);
            if self.filter.as_ref().is_none_or(matches)
                && let Some(json) = self.tree.item(connection, step.node).optional()?
            {
                chunk.push((step.path, json));
            }
        }
        Ok((chunk, false))
    }

    fn step(&mut self, connection: &Connection) -> rusqlite::Result<Option<Step>> {
        if let Some((folder, path)) = self.open.pop() {
            let mut children = children_of(connection, folder)?;
            children.sort_by(|left, right| right.1.cmp(&left.1));
            self.ready
                .extend(children.into_iter().map(|(node, name, is_folder)| Step {
                    node,
                    path: joined(&path, &name),
                    is_folder,
                }));
        }
        let step = self.ready.pop();
        if let Some(step) = step.as_ref().filter(|step| step.is_folder) {
            self.open.push((step.node, step.path.clone()));
        }
        Ok(step)
    }
}

impl Iterator for Walk {
    type Item = Result<(String, DriveItem), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.chunk.is_empty() {
            match self.next_chunk() {
                Ok(chunk) => self.chunk = chunk.into(),
                Err(error) => return Some(Err(error)),
            }
        }
        self.chunk.pop_front().map(Ok)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("tree", &self.tree)
            .finish_non_exhaustive()
    }
}
