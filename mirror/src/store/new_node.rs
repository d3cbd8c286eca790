//! A row to insert.

use std::sync::LazyLock;

use rusqlite::{Statement, ToSql};

use crate::keeper::DriveKey;
use crate::node::{Columns, NodeId, State};
use crate::paths::key;
use crate::reading::Id;

/// What rows of one statement share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    pub(super) drive: DriveKey,
    pub(super) state: State,
    pub(super) mark: i64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct NewNode<'a> {
    pub(super) id: Id<'a>,
    pub(super) parent: Option<NodeId>,
    pub(super) name_key: Option<i64>,
    pub(super) columns: Columns<'a>,
}

/// The number of parameters that rows share, and that each has.
const COMMON: usize = 3;
const OWN: usize = 16;

pub(super) static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert_statement(1));

/// The statement that inserts as many rows. Each gets the next number.
pub(super) fn insert_statement(rows: usize) -> String {
    let row = "(?1, ?2, ?3, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    // A parameter without a number has the next one after the largest: the first row begins after those
    // that all share.
    format!(
        "INSERT INTO node (drive, state, mark, below, id, id_key, parent, name, name_key, facets, size, created, \
         modified, etag, ctag, hash, mime, created_by, modified_by, extra) VALUES {}",
        vec![row; rows].join(", ")
    )
}

impl Common {
    pub(super) fn bind(&self, statement: &mut Statement<'_>) -> rusqlite::Result<()> {
        let values: [i64; COMMON] = [self.drive, self.state as i64, self.mark];
        for (place, value) in values.into_iter().enumerate() {
            statement.raw_bind_parameter(place + 1, value)?;
        }
        Ok(())
    }
}

impl NewNode<'_> {
    /// Binds it to the parameters of the row with this index.
    pub(super) fn bind(&self, statement: &mut Statement<'_>, index: usize) -> rusqlite::Result<()> {
        let columns = &self.columns;
        let [mime, created_by, modified_by] = &columns.words;
        let values: [&dyn ToSql; OWN] = [
            &self.id.text,
            &key(self.id.hash),
            &self.parent,
            &columns.name,
            &self.name_key,
            &columns.facets,
            &columns.size,
            &columns.created,
            &columns.modified,
            &columns.e_tag,
            &columns.c_tag,
            &columns.hash,
            mime,
            created_by,
            modified_by,
            &columns.extra,
        ];
        let first = COMMON + index * OWN + 1;
        for (place, value) in values.into_iter().enumerate() {
            statement.raw_bind_parameter(first + place, value)?;
        }
        Ok(())
    }
}
