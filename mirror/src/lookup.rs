//! Questions to the table of nodes.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::node::{FIELDS, Fields, NodeId, Place, facets, item_json, raw_json};
use crate::paths::{name_key, same_name};

/// How deep a folder may be. Graph's own limit is the 400 characters of a path.
pub(crate) const MAX_DEPTH: usize = 1_000;

/// The JSON of an item as Graph sent it, if that was kept.
pub(crate) fn read_raw(
    connection: &Connection,
    node: NodeId,
    deleted: bool,
) -> rusqlite::Result<Option<String>> {
    let raw = connection
        .prepare_cached("SELECT json FROM raw WHERE node = ?")?
        .query_row([node], |row| row.get(0))
        .optional()?;
    Ok(raw.map(|raw| raw_json(raw, deleted)))
}

/// The JSON of an item in the tree.
pub(crate) fn read_item(
    connection: &Connection,
    node: NodeId,
    drive_id: Option<&str>,
    deleted: bool,
) -> rusqlite::Result<String> {
    if let Some(raw) = read_raw(connection, node, deleted)? {
        return Ok(raw);
    }
    let sql = item_sql();
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
            .query_row([number], |row| row.get::<_, String>(0))
    })
}

fn item_sql() -> &'static str {
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
pub(crate) fn children_of(
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
