//! The table of nodes.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::counts::Counts;
use super::new_node::{Common, INSERT_ONE, NewNode};
use super::node_table::{IdTable, NameTable, place_hash, spread};
use super::words::Words;
use crate::keeper::DriveKey;
use crate::node::{Fields, NodeId, Place, State, facets, item_json};
use crate::paths::{key, name_key};
use crate::reading::Id;
use crate::schema::{self, INDEXES};

/// How many folders are remembered by id, and by path.
const MAX_KNOWN: usize = 8_192;

/// How many items of a first enumeration are found without an index: 35 MB at most, for ids and
/// names.
const MAX_NOTED: usize = if cfg!(test) { 50 } else { 2_000_000 };

/// The table, and what is remembered of it.
#[derive(Debug)]
pub(super) struct Nodes {
    /// Instead of the indexes, while they are not built.
    table: Option<IdTable>,
    /// The same for folder and name.
    names: NameTable,
    /// Folders by id, of one drive.
    folders: (DriveKey, HashMap<String, (NodeId, State)>),
    /// The one that was last asked for: items of a folder come together.
    last_folder: Option<(String, (NodeId, State))>,
    /// The id of the folder whose item was last written as JSON.
    last_id: Option<(NodeId, Arc<str>)>,
    pub(super) counts: Counts,
    pub(super) words: Words,
    /// Whether a consumer is told of what comes, and takes memory too.
    is_told: bool,
}

/// A row.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the column's name")]
pub(super) struct Node {
    pub(super) node: NodeId,
    pub(super) id: String,
    pub(super) parent: Option<NodeId>,
    pub(super) state: State,
    pub(super) mark: i64,
    pub(super) below: i64,
    pub(super) fields: Fields,
}

impl Node {
    pub(super) fn name(&self) -> &str {
        self.fields.name.as_deref().unwrap_or_default()
    }

    pub(super) fn is_root(&self) -> bool {
        self.fields.facets & facets::ROOT != 0
    }
}

impl Nodes {
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let has = |sql| connection.prepare(sql)?.exists([]);
        let is_empty = !has("SELECT 1 FROM node LIMIT 1")?;
        let is_indexed = has("SELECT 1 FROM sqlite_schema WHERE name = 'node_by_name'")?;
        let mut nodes = Self {
            table: (!is_indexed).then(|| IdTable::with_limit(MAX_NOTED)),
            names: NameTable::with_limit(MAX_NOTED),
            folders: (0, HashMap::new()),
            last_folder: None,
            last_id: None,
            counts: Counts::default(),
            words: Words::default(),
            is_told: false,
        };
        if !is_empty {
            nodes.ensure_indexed(connection)?;
        } else if !is_indexed {
            // Beside the tables. New rows need little.
            schema::set_cache(connection, schema::CACHE / 4)?;
        }
        Ok(nodes)
    }

    /// Whether names can be looked up.
    pub(super) fn is_indexed(&self) -> bool {
        self.table.is_none()
    }

    /// A consumer is told of what comes: a first enumeration leaves it some of its memory.
    pub(super) fn leave_memory(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if !self.is_told && !self.is_indexed() {
            schema::set_cache(connection, schema::CACHE / 8)?;
        }
        self.is_told = true;
        Ok(())
    }

    /// Builds the indexes, at the end of a first enumeration or when they are needed.
    pub(super) fn ensure_indexed(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.table.take().is_some() {
            self.names = NameTable::with_limit(0);
            // Sorting takes most of the time, and can use another core. Each of its threads may use as much
            // memory as the cache.
            let (threads, cache) = if self.is_told { (0, 1_000) } else { (1, 2_000) };
            connection.execute_batch(&format!("PRAGMA threads = {threads};"))?;
            schema::set_cache(connection, cache)?;
            connection.execute_batch(INDEXES)?;
            connection.execute_batch("PRAGMA threads = 0;")?;
            schema::set_cache(connection, schema::CACHE)?;
        }
        Ok(())
    }

    /// Notes that an item has this name in a folder. If another one seems to have it, names can be looked
    /// up from now on.
    pub(super) fn claim(
        &mut self,
        connection: &Connection,
        folder: Option<NodeId>,
        name: Option<&str>,
        node: NodeId,
    ) -> rusqlite::Result<()> {
        let (Some(folder), Some(name), Some(_)) = (folder, name, &self.table) else {
            return Ok(());
        };
        let hash = place_hash(folder, name_key(name));
        let mut is_taken = false;
        for other in self.names.find(hash).filter(|other| *other != node) {
            is_taken |= connection
                .prepare_cached("SELECT 1 FROM node WHERE node = ? AND parent = ? AND name = ?")?
                .exists(params![other, folder, name])?;
        }
        if is_taken || !self.names.insert(hash, node) {
            self.ensure_indexed(connection)?;
        }
        Ok(())
    }

    /// Prepares to find items by the hashes of their ids.
    pub(super) fn touch(&self, ids: impl Iterator<Item = u64>) {
        if let Some(table) = &self.table {
            table.touch(ids.map(spread));
        }
    }

    /// Notes a node before it is inserted, if the hashes of its id and of its place are new. False if it was
    /// not noted.
    pub(super) fn note_new(&mut self, id: u64, place: u64, node: NodeId) -> bool {
        let Some(table) = &mut self.table else {
            return false;
        };
        let (Some(id), Some(place)) = (
            table.vacancy(spread(id), node),
            self.names.vacancy(place, node),
        ) else {
            return false;
        };
        table.occupy(id);
        self.names.occupy(place);
        true
    }

    /// The number that the next row gets.
    pub(super) fn next(connection: &Connection) -> rusqlite::Result<NodeId> {
        connection
            .prepare_cached("SELECT coalesce(max(node), 0) + 1 FROM node")?
            .query_row([], |row| row.get(0))
    }

    pub(super) fn forget_folders(&mut self) {
        self.folders.1.clear();
        self.last_folder = None;
    }

    /// The folder with this id; a new row if it has not come yet.
    pub(super) fn folder(
        &mut self,
        connection: &Connection,
        drive: DriveKey,
        id: &str,
    ) -> rusqlite::Result<(NodeId, State)> {
        if let Some(known) = self.known_folder(drive, id) {
            return Ok(known);
        }
        let text = id;
        let id = Id::of(text);
        let found = if let Some(found) = self.find(connection, drive, id)? {
            found
        } else {
            let fields = Fields {
                facets: facets::FOLDER,
                ..Fields::default()
            };
            let state = State::Unseen;
            let common = Common {
                drive,
                state,
                mark: 0,
            };
            let row = NewNode {
                id,
                parent: None,
                name_key: None,
                columns: fields.columns(),
            };
            (self.insert(connection, common, &row)?, state)
        };
        self.remember_folder(text, found);
        Ok(found)
    }

    /// The folder with this id, if it is remembered.
    pub(super) fn known_folder(&mut self, drive: DriveKey, id: &str) -> Option<(NodeId, State)> {
        if self.folders.0 != drive {
            self.folders = (drive, HashMap::new());
            self.last_folder = None;
        }
        if let Some((last, known)) = &self.last_folder
            && last == id
        {
            return Some(*known);
        }
        let known = *self.folders.1.get(id)?;
        self.last_folder = Some((id.to_owned(), known));
        Some(known)
    }

    /// Remembers a folder of the drive that was last asked for.
    pub(super) fn remember_folder(&mut self, id: &str, folder: (NodeId, State)) {
        if self.folders.1.len() >= MAX_KNOWN {
            self.folders.1.clear();
        }
        self.folders.1.insert(id.to_owned(), folder);
    }

    /// The row with this id.
    pub(super) fn find(
        &self,
        connection: &Connection,
        drive: DriveKey,
        id: Id<'_>,
    ) -> rusqlite::Result<Option<(NodeId, State)>> {
        let Id { text, hash } = id;
        let Some(table) = &self.table else {
            return connection
                .prepare_cached(
                    "SELECT node, state FROM node WHERE id_key = ? AND id = ? AND drive = ?",
                )?
                .query_row(params![key(hash), text, drive], |row| {
                    Ok((row.get(0)?, State::of(row.get(1)?)))
                })
                .optional();
        };
        for node in table.find(spread(hash)) {
            let found = connection
                .prepare_cached("SELECT state FROM node WHERE node = ? AND id = ? AND drive = ?")?
                .query_row(params![node, text, drive], |row| row.get(0))
                .optional()?;
            if let Some(state) = found {
                return Ok(Some((node, State::of(state))));
            }
        }
        Ok(None)
    }

    pub(super) fn insert(
        &mut self,
        connection: &Connection,
        common: Common,
        row: &NewNode<'_>,
    ) -> rusqlite::Result<NodeId> {
        let mut statement = connection.prepare_cached(&INSERT_ONE)?;
        common.bind(&mut statement)?;
        row.bind(&mut statement, 0)?;
        let node = statement
            .raw_execute()
            .map(|_| connection.last_insert_rowid())?;
        if let Some(table) = &mut self.table
            && !table.insert(spread(row.id.hash), node)
        {
            self.ensure_indexed(connection)?;
        }
        Ok(node)
    }

    pub(super) fn update(
        connection: &Connection,
        node: NodeId,
        parent: Option<NodeId>,
        mark: i64,
        fields: &Fields,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "UPDATE node SET parent = ?, name = ?, name_key = ?, facets = ?, size = ?, created = ?, modified = ?, \
                 etag = ?, ctag = ?, hash = ?, mime = ?, created_by = ?, modified_by = ?, extra = ?, mark = ? \
                 WHERE node = ?",
            )?
            .execute(params![
                parent,
                fields.name,
                fields.name.as_deref().map(name_key),
                fields.facets,
                fields.size,
                fields.created,
                fields.modified,
                fields.e_tag,
                fields.c_tag,
                fields.hash,
                fields.mime,
                fields.created_by,
                fields.modified_by,
                fields.extra,
                mark,
                node,
            ])?;
        Ok(())
    }

    pub(super) fn set_mark(
        connection: &Connection,
        node: NodeId,
        mark: i64,
    ) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE node SET mark = ? WHERE node = ?")?
            .execute(params![mark, node])?;
        Ok(())
    }

    pub(super) fn set_state(
        &mut self,
        connection: &Connection,
        node: NodeId,
        state: State,
    ) -> rusqlite::Result<()> {
        self.forget_folders();
        connection
            .prepare_cached("UPDATE node SET state = ? WHERE node = ?")?
            .execute(params![state as i64, node])?;
        Ok(())
    }

    /// Takes a node out of the tree, with what is in it.
    pub(super) fn detach(
        &mut self,
        connection: &Connection,
        node: NodeId,
        state: State,
    ) -> rusqlite::Result<()> {
        self.forget_folders();
        self.counts.flush(connection)?;
        let (parent, below): (Option<NodeId>, i64) = connection
            .prepare_cached("SELECT parent, below FROM node WHERE node = ?")?
            .query_row([node], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.counts.add(parent, -(1 + below));
        if state == State::Displaced {
            connection
                .prepare_cached("INSERT OR REPLACE INTO displaced (node, folder) VALUES (?, ?)")?
                .execute(params![node, parent])?;
        }
        connection
            .prepare_cached("UPDATE node SET parent = NULL, state = ? WHERE node = ?")?
            .execute(params![state as i64, node])?;
        // A report may ask at once how much is in the folders above.
        self.counts.flush(connection)
    }

    /// Puts a node back into the tree.
    pub(super) fn attach(
        &mut self,
        connection: &Connection,
        node: NodeId,
        folder: NodeId,
    ) -> rusqlite::Result<()> {
        self.forget_folders();
        connection
            .prepare_cached("UPDATE node SET parent = ?, state = 2 WHERE node = ?")?
            .execute(params![folder, node])?;
        connection
            .prepare_cached("DELETE FROM displaced WHERE node = ?")?
            .execute([node])?;
        Ok(())
    }

    /// All children, whatever their state.
    pub(super) fn children(
        &mut self,
        connection: &Connection,
        folder: NodeId,
    ) -> rusqlite::Result<Vec<(NodeId, State)>> {
        self.ensure_indexed(connection)?;
        let mut statement =
            connection.prepare_cached("SELECT node, state FROM node WHERE parent = ?")?;
        let rows =
            statement.query_map([folder], |row| Ok((row.get(0)?, State::of(row.get(1)?))))?;
        rows.collect()
    }

    pub(super) fn remove(&mut self, connection: &Connection, node: NodeId) -> rusqlite::Result<()> {
        self.forget_folders();
        self.last_id = None;
        self.counts.forget(node);
        for sql in [
            "DELETE FROM node WHERE node = ?",
            "DELETE FROM raw WHERE node = ?",
            "DELETE FROM deferred WHERE node = ?",
            // The number of a removed row may be given to another.
            "DELETE FROM displaced WHERE node = ?1 OR folder = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([node])?;
        }
        Ok(())
    }

    /// The item as the mirror knows it.
    pub(super) fn json(
        &mut self,
        connection: &Connection,
        item: &Node,
        drive_id: Option<&str>,
        deleted: bool,
    ) -> rusqlite::Result<String> {
        let parent = match item.parent {
            Some(parent) => self.id_of(connection, parent)?,
            None => None,
        };
        let place = Place {
            id: &item.id,
            parent_id: parent.as_deref(),
            drive_id,
            deleted,
        };
        item_json(place, &item.fields, |number| {
            self.words.text(connection, number)
        })
    }

    fn id_of(
        &mut self,
        connection: &Connection,
        node: NodeId,
    ) -> rusqlite::Result<Option<Arc<str>>> {
        if let Some((last, id)) = &self.last_id
            && *last == node
        {
            return Ok(Some(Arc::clone(id)));
        }
        let id: Option<Arc<str>> = connection
            .prepare_cached("SELECT id FROM node WHERE node = ?")?
            .query_row([node], |row| row.get(0))
            .optional()?;
        self.last_id = id.clone().map(|id| (node, id));
        Ok(id)
    }
}
