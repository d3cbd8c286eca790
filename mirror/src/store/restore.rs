//! Brings back what another item's name has displaced, when that item leaves the name.
//!
//! Graph may send an item in an old state, with a name that it has no more. Whoever has that name now is
//! displaced by it, and will not come again.

use rusqlite::{Connection, params};

use super::drive_row::DriveRow;
use super::nodes::{Node, Nodes};
use super::work::Work;
use super::{Failure, Store};
use crate::node::{NodeId, State};

impl Store {
    pub(super) fn restore(&mut self, drive: &mut DriveRow, work: &mut Work) -> Result<(), Failure> {
        let is_any = self
            .connection
            .prepare_cached("SELECT 1 FROM displaced LIMIT 1")?
            .exists([])?;
        if !is_any {
            return Ok(());
        }
        for (folder, name) in left_places(&self.connection, work)? {
            self.restore_at(drive, work, folder, &name)?;
        }
        Ok(())
    }

    /// Of several, the one that came last.
    fn restore_at(
        &mut self,
        drive: &mut DriveRow,
        work: &mut Work,
        folder: NodeId,
        name: &str,
    ) -> Result<(), Failure> {
        let is_there = Nodes::load(&self.connection, folder)?
            .is_some_and(|folder| folder.state == State::There && !work.is_gone(folder.node));
        if !is_there {
            return Ok(());
        }
        for displaced in displaced_from(&self.connection, folder, name)? {
            let Some(mut node) = Nodes::load(&self.connection, displaced)? else {
                continue;
            };
            if node.state != State::Displaced || work.is_gone(displaced) {
                continue;
            }
            let others = Nodes::namesakes(&self.connection, folder, name, displaced)?;
            if others.into_iter().any(|other| !work.is_gone(other)) {
                return Ok(());
            }
            self.nodes.counts.flush(&self.connection)?;
            self.nodes.counts.add(Some(folder), 1 + node.below);
            self.nodes.attach(&self.connection, displaced, folder)?;
            node.parent = Some(folder);
            node.state = State::There;
            add_back(work, node);
            self.bring_in(drive, work, displaced)?;
        }
        Ok(())
    }

    /// What has waited for a folder.
    fn bring_in(
        &mut self,
        drive: &mut DriveRow,
        work: &mut Work,
        folder: NodeId,
    ) -> Result<(), Failure> {
        let mut open = vec![folder];
        while let Some(folder) = open.pop() {
            for waiting in Nodes::waiting(&self.connection, folder)? {
                self.nodes
                    .set_state(&self.connection, waiting, State::There)?;
                drive.waiting -= 1;
                if let Some(node) = Nodes::load(&self.connection, waiting)? {
                    add_back(work, node);
                }
                open.push(waiting);
            }
        }
        Ok(())
    }
}

fn add_back(work: &mut Work, node: Node) {
    let id = node.node;
    work.old_news.insert(id);
    work.add_fresh(node);
    work.set_again(id);
}

/// The names that items have left, in their folders.
fn left_places(connection: &Connection, work: &Work) -> rusqlite::Result<Vec<(NodeId, String)>> {
    let mut places = Vec::new();
    for (node, pending) in &work.pending {
        match &pending.before {
            Some((Some(folder), name)) => places.push((*folder, name.clone())),
            _ if pending.is_gone => {
                let gone = Nodes::load(connection, *node)?;
                places.extend(gone.and_then(|gone| Some((gone.parent?, gone.fields.name?))));
            }
            _ => {}
        }
    }
    Ok(places)
}

fn displaced_from(
    connection: &Connection,
    folder: NodeId,
    name: &str,
) -> rusqlite::Result<Vec<NodeId>> {
    let mut statement = connection.prepare_cached(
        "SELECT displaced.node FROM displaced JOIN node USING (node) \
         WHERE displaced.folder = ? AND node.name = ? ORDER BY displaced.number DESC",
    )?;
    let rows = statement.query_map(params![folder, name], |row| row.get(0))?;
    rows.collect()
}
