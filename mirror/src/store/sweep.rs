//! Mark and sweep: what an enumeration did not contain is gone.

use rusqlite::params;

use super::drive_row::DriveRow;
use super::nodes::Nodes;
use super::work::Work;
use super::{Failure, Store};
use crate::node::NodeId;

/// How many items are removed at a time.
const CHUNK: usize = 1_000;

impl Store {
    pub(super) fn sweep(&mut self, drive: &mut DriveRow) -> Result<(), Failure> {
        // The root is there, even if it has not come.
        if let Some(root) = drive.root {
            Nodes::set_mark(&self.connection, root, drive.mark)?;
        }
        self.keep_folders_of_what_came(drive)?;
        let mut last: NodeId = 0;
        loop {
            let gone: Vec<NodeId> = {
                let mut statement = self.connection.prepare_cached(
                    "SELECT node.node FROM node LEFT JOIN node AS folder ON folder.node = node.parent \
                     WHERE node.drive = ? AND node.mark < ? AND node.state <> 0 \
                     AND node.node > ? AND (folder.node IS NULL OR folder.mark >= ? OR folder.state = 0) \
                     ORDER BY node.node LIMIT ?",
                )?;
                let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
                let rows = statement.query_map(
                    params![drive.key, drive.mark, last, drive.mark, limit],
                    |row| row.get(0),
                )?;
                rows.collect::<rusqlite::Result<_>>()?
            };
            match gone.last() {
                Some(node) => last = *node,
                None => return Ok(()),
            }
            let mut work = Work::new(drive.cause.trigger());
            work.found_by = drive.cause.found_by();
            for node in gone {
                if drive.root != Some(node) {
                    work.add_gone(node);
                }
            }
            let removed = self.settle(drive, &mut work, true)?;
            drive.drift += removed;
        }
    }

    /// A folder of which something has come cannot be gone, even if it has not come itself.
    fn keep_folders_of_what_came(&mut self, drive: &DriveRow) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE node SET mark = ?1 WHERE drive = ?2 AND mark < ?1 AND state <> 0 AND EXISTS (
                 SELECT 1 FROM node AS child WHERE child.parent = node.node AND child.mark >= ?1 AND child.state <> 0
             )",
        )?;
        while statement.execute(params![drive.mark, drive.key])? > 0 {}
        Ok(())
    }
}
