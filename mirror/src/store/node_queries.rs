//! Questions to the table of nodes.

use std::sync::OnceLock;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::nodes::{Node, Nodes};
use crate::lookup::MAX_DEPTH;
use crate::node::{FIELDS, Fields, NodeId, State};
use crate::paths::name_key;

impl Nodes {
    pub(super) fn load(connection: &Connection, node: NodeId) -> rusqlite::Result<Option<Node>> {
        connection
            .prepare_cached(load_sql())?
            .query_row([node], read_node)
            .optional()
    }

    /// Some rows, in the order of their numbers, which is that of `nodes`. Items of a folder mostly came
    /// together, so that one look at a range of rows finds them.
    pub(super) fn load_some(
        connection: &Connection,
        nodes: &[NodeId],
    ) -> rusqlite::Result<Vec<Node>> {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else {
            return Ok(Vec::new());
        };
        let span = usize::try_from(last - first).unwrap_or(usize::MAX);
        if span > 2 * nodes.len() {
            let found = nodes.iter().map(|node| Self::load(connection, *node));
            return found.filter_map(Result::transpose).collect();
        }
        let mut statement = connection.prepare_cached(load_range_sql())?;
        let mut rows = statement.query([first, last])?;
        let mut found = Vec::with_capacity(nodes.len());
        while let Some(row) = rows.next()? {
            if nodes.binary_search(&row.get(0)?).is_ok() {
                found.push(read_node(row)?);
            }
        }
        Ok(found)
    }

    /// The children that wait for their folder.
    pub(super) fn waiting(
        connection: &Connection,
        folder: NodeId,
    ) -> rusqlite::Result<Vec<NodeId>> {
        let mut statement = connection
            .prepare_cached("SELECT node FROM node WHERE parent = ? AND state = 1 ORDER BY node")?;
        let rows = statement.query_map([folder], |row| row.get(0))?;
        rows.collect()
    }

    /// Other items in the tree with exactly this name in a folder.
    pub(super) fn namesakes(
        connection: &Connection,
        folder: NodeId,
        name: &str,
        except: NodeId,
    ) -> rusqlite::Result<Vec<NodeId>> {
        let mut statement = connection.prepare_cached(
            "SELECT node FROM node WHERE parent = ? AND name_key = ? AND name = ? AND state = 2 AND node <> ?",
        )?;
        let rows = statement.query_map(params![folder, name_key(name), name, except], |row| {
            row.get(0)
        })?;
        rows.collect()
    }

    /// Whether a folder is another one, or in it.
    pub(super) fn is_in(
        connection: &Connection,
        folder: NodeId,
        other: NodeId,
    ) -> rusqlite::Result<bool> {
        let mut statement = connection.prepare_cached("SELECT parent FROM node WHERE node = ?")?;
        let mut next = Some(folder);
        for _ in 0..MAX_DEPTH {
            match next {
                Some(node) if node == other => return Ok(true),
                Some(node) => {
                    let above = statement.query_row([node], |row| row.get(0));
                    next = above.optional()?.flatten();
                }
                None => return Ok(false),
            }
        }
        // As deep as a circle.
        Ok(true)
    }
}

fn load_sql() -> &'static str {
    static SQL: OnceLock<String> = OnceLock::new();
    SQL.get_or_init(|| format!("SELECT {COLUMNS}, {FIELDS} FROM node WHERE node = ?"))
}

fn load_range_sql() -> &'static str {
    static SQL: OnceLock<String> = OnceLock::new();
    SQL.get_or_init(|| {
        format!("SELECT {COLUMNS}, {FIELDS} FROM node WHERE node BETWEEN ? AND ? ORDER BY node")
    })
}

/// What [`read_node`] reads before the fields.
const COLUMNS: &str = "node, id, parent, state, mark, below";

fn read_node(row: &Row<'_>) -> rusqlite::Result<Node> {
    Ok(Node {
        node: row.get(0)?,
        id: row.get(1)?,
        parent: row.get(2)?,
        state: State::of(row.get(3)?),
        mark: row.get(4)?,
        below: row.get(5)?,
        fields: Fields::read(row, 6)?,
    })
}
