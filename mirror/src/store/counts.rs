//! How many items are in each folder, at all depths.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::lookup::MAX_DEPTH;
use crate::node::NodeId;

/// What is still to be added to folders and all folders above them.
#[derive(Debug, Default)]
pub(super) struct Counts(HashMap<NodeId, i64>);

impl Counts {
    pub(super) fn add(&mut self, folder: Option<NodeId>, items: i64) {
        if let Some(folder) = folder {
            *self.0.entry(folder).or_default() += items;
        }
    }

    /// A row is removed: what is still to be added to it counts no more, and its number may be given to
    /// another.
    pub(super) fn forget(&mut self, node: NodeId) {
        self.0.remove(&node);
    }

    /// Brings the table up to date.
    pub(super) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut above: HashMap<NodeId, Option<NodeId>> = HashMap::new();
        let mut totals: HashMap<NodeId, i64> = HashMap::new();
        let mut parent = connection.prepare_cached("SELECT parent FROM node WHERE node = ?")?;
        for (folder, items) in self.0.drain().filter(|(_, items)| *items != 0) {
            let mut next = Some(folder);
            for _ in 0..MAX_DEPTH {
                let Some(folder) = next else {
                    break;
                };
                *totals.entry(folder).or_default() += items;
                next = if let Some(above) = above.get(&folder) {
                    *above
                } else {
                    let found = parent.query_row([folder], |row| row.get(0));
                    let found = found.optional()?.flatten();
                    above.insert(folder, found);
                    found
                };
            }
        }
        let mut add =
            connection.prepare_cached("UPDATE node SET below = below + ? WHERE node = ?")?;
        for (folder, items) in totals.into_iter().filter(|(_, items)| *items != 0) {
            add.execute(params![items, folder])?;
        }
        Ok(())
    }
}
