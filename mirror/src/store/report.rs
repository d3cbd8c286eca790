//! Says what happened, in an order in which the consumer can apply it.
//!
//! The consumer knows the tree as it was before the batch. Each change takes one step from there, and
//! must lead from a tree to a tree: a folder comes before its content, a name is free before another
//! item takes it, and what leaves a folder has left it before the folder goes. Where items wait for each
//! other in a circle, as when two swap their names, one of them is deleted and created again.

use std::collections::HashMap;
use std::sync::Arc;

use drivebell::{ChangeKind, FoundBy};
use rusqlite::Connection;

use super::drive_row::DriveRow;
use super::nodes::{Node, Nodes};
use super::outbox::Outbox;
use super::work::{Step, Work};
use crate::filter::Filter;
use crate::node::{NodeId, State};
use crate::paths::{ROOT, joined};
use crate::tree::MAX_DEPTH;

/// How many paths of folders are remembered.
const MAX_PATHS: usize = 8_192;

pub(super) struct Report<'a> {
    pub(super) connection: &'a Connection,
    pub(super) nodes: &'a mut Nodes,
    pub(super) outbox: &'a mut Outbox,
    pub(super) drive: &'a mut DriveRow,
    pub(super) filter: &'a Filter,
    pub(super) keep_raw: bool,
    pub(super) work: &'a mut Work,
    /// Of folders, as the consumer knows them.
    pub(super) paths: HashMap<NodeId, Arc<str>>,
}

impl Report<'_> {
    pub(super) fn run(&mut self) -> rusqlite::Result<()> {
        let fresh = std::mem::take(&mut self.work.fresh);
        if self.work.is_all_fresh() && !self.nodes.is_indexed() {
            for node in &fresh {
                if let Some(path) = self.place_of(node)? {
                    self.created(node, &path, false, false)?;
                }
            }
        } else {
            for node in fresh {
                self.announce(node.node)?;
            }
            for node in std::mem::take(&mut self.work.known) {
                self.announce(node)?;
            }
            for node in self.work.gone.clone() {
                self.delete(node)?;
            }
        }
        self.outbox.flush(self.connection, self.drive)
    }

    /// Reports a node, after what must come before it.
    fn announce(&mut self, id: NodeId) -> rusqlite::Result<()> {
        match self.work.pending.get_mut(&id) {
            Some(pending) if pending.step == Step::Open => {
                if pending.is_gone {
                    return self.delete(id);
                }
                pending.step = Step::Underway;
            }
            _ => return Ok(()),
        }
        let Some(node) = Nodes::load(self.connection, id)? else {
            self.set_reported(id);
            return Ok(());
        };
        // It may have been displaced, or lost its folder, meanwhile.
        if node.is_root() || node.state != State::There {
            self.set_reported(id);
            return Ok(());
        }
        if let Some(folder) = node.parent {
            self.announce(folder)?;
            self.make_way(folder, &node)?;
        }
        self.say(&node)
    }

    fn set_reported(&mut self, id: NodeId) {
        if let Some(pending) = self.work.pending.get_mut(&id) {
            pending.step = Step::Reported;
        }
    }

    fn say(&mut self, node: &Node) -> rusqlite::Result<()> {
        let Some(path) = self.place_of(node)? else {
            self.set_reported(node.node);
            return Ok(());
        };
        let Some(pending) = self.work.pending.get(&node.node) else {
            return Ok(());
        };
        let (is_fresh, is_again) = (pending.is_fresh, pending.is_again);
        let difference = pending.difference;
        let before = pending.before.clone();
        if is_fresh {
            self.set_reported(node.node);
            self.created(node, &path, false, false)?;
            return if is_again {
                self.created_again(node, &path)
            } else {
                Ok(())
            };
        }
        let Some((folder, name)) = before else {
            self.set_reported(node.node);
            return self.modified(node, &path, difference);
        };
        let old_path = match folder {
            Some(folder) => self.path(folder)?.map(|folder| joined(&folder, &name)),
            None => None,
        };
        self.set_reported(node.node);
        match old_path {
            Some(old_path) if folder != node.parent || name != node.name() => {
                let kind = if folder == node.parent {
                    ChangeKind::Renamed
                } else {
                    ChangeKind::Moved
                };
                self.relocated(node, kind, &old_path, &path, difference)?;
            }
            Some(_) => self.modified(node, &path, difference)?,
            None => self.created(node, &path, false, false)?,
        }
        self.paths.clear();
        Ok(())
    }

    /// Lets other items leave the place that a node takes.
    fn make_way(&mut self, folder: NodeId, node: &Node) -> rusqlite::Result<()> {
        let name = node.name();
        let left = self.work.left.get(&folder).cloned().unwrap_or_default();
        for other in left.into_iter().filter(|other| *other != node.node) {
            let is_here = |work: &Work| {
                let before = work.before(other);
                before.is_some_and(|(of, known)| *of == Some(folder) && known == name)
            };
            if is_here(self.work) {
                self.announce(other)?;
            }
            if is_here(self.work) {
                self.vanish(other)?;
            }
        }
        if !self.nodes.is_indexed() {
            return Ok(());
        }
        for other in Nodes::namesakes(self.connection, folder, name, node.node)? {
            if self.work.is_gone(other) {
                self.delete(other)?;
            } else if !self.work.is_unknown(other) && self.work.before(other).is_none() {
                self.displace(other)?;
            }
        }
        Ok(())
    }

    /// Reports that an item is gone, or the folder above it that is gone too.
    fn delete(&mut self, id: NodeId) -> rusqlite::Result<()> {
        let chain = self.chain(id)?;
        let top = chain
            .into_iter()
            .rev()
            .find(|node| self.work.is_gone(*node))
            .unwrap_or(id);
        let step = self.work.pending.get(&top).map(|pending| pending.step);
        if step == Some(Step::Open) {
            if let Some(pending) = self.work.pending.get_mut(&top) {
                pending.step = Step::Underway;
            }
            self.evacuate(top)?;
            self.forget(top, self.work.found_by)?;
            self.set_reported(top);
        }
        self.set_reported(id);
        Ok(())
    }

    /// Deletes an item for the consumer that is under way to another place, and that others wait for.
    fn vanish(&mut self, id: NodeId) -> rusqlite::Result<()> {
        self.evacuate(id)?;
        self.forget(id, None)?;
        if let Some(pending) = self.work.pending.get_mut(&id) {
            pending.is_fresh = true;
            pending.is_again = true;
            pending.before = None;
        }
        Ok(())
    }

    /// Deletes an item whose name and place another item has: it cannot be there any more.
    pub(super) fn displace(&mut self, id: NodeId) -> rusqlite::Result<()> {
        self.evacuate(id)?;
        self.forget(id, Some(FoundBy::Name))?;
        self.set_reported(id);
        self.nodes
            .set_state(self.connection, id, State::Displaced)?;
        let mut open = vec![id];
        while let Some(folder) = open.pop() {
            for (child, state) in self.nodes.children(self.connection, folder)? {
                if state != State::There || self.work.is_gone(child) {
                    continue;
                }
                // Where the consumer knows it in another folder, it has left that one.
                if self.work.before(child).is_some() {
                    self.forget(child, Some(FoundBy::Name))?;
                }
                self.set_reported(child);
                self.nodes
                    .set_state(self.connection, child, State::Waiting)?;
                self.drive.waiting += 1;
                open.push(child);
            }
        }
        Ok(())
    }

    /// Reports what has left a folder that is about to go.
    fn evacuate(&mut self, folder: NodeId) -> rusqlite::Result<()> {
        let left = self.work.left.values().flatten().copied();
        let left: Vec<NodeId> = left.filter(|node| *node != folder).collect();
        for node in left {
            if self.work.before(node).is_none() || !self.chain(node)?.contains(&folder) {
                continue;
            }
            self.announce(node)?;
            if self.work.before(node).is_some()
                && self.chain(node)?.contains(&folder)
                && let Some(pending) = self.work.pending.get_mut(&node)
            {
                // It is under way itself. It goes with the folder, and is created at its new place.
                pending.is_fresh = true;
                pending.is_again = true;
                pending.before = None;
            }
        }
        Ok(())
    }

    /// Reports the deletion of an item that the consumer knows.
    fn forget(&mut self, id: NodeId, found_by: Option<FoundBy>) -> rusqlite::Result<()> {
        let Some(node) = Nodes::load(self.connection, id)? else {
            return Ok(());
        };
        if node.state == State::There
            && !self.work.is_unknown(id)
            && let Some(path) = self.path(id)?
        {
            self.deleted(&node, &path, found_by, false)?;
        }
        self.paths.clear();
        Ok(())
    }

    /// Where a node is, below a folder that the consumer knows.
    fn place_of(&mut self, node: &Node) -> rusqlite::Result<Option<String>> {
        let Some(folder) = node.parent else {
            return Ok(None);
        };
        Ok(self
            .path(folder)?
            .map(|folder| joined(&folder, node.name())))
    }

    /// The path of a node as the consumer knows it.
    pub(super) fn path(&mut self, id: NodeId) -> rusqlite::Result<Option<Arc<str>>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT parent, name, facets FROM node WHERE node = ?")?;
        // The names below the first folder whose path is known.
        let mut names: Vec<(NodeId, String)> = Vec::new();
        let mut next = id;
        let mut path: Arc<str> = loop {
            if let Some(path) = self.paths.get(&next) {
                break Arc::clone(path);
            }
            if Some(next) == self.drive.root {
                break ROOT.into();
            }
            if names.len() == MAX_DEPTH {
                return Ok(None);
            }
            let mut rows = statement.query([next])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let (parent, name) = match self.work.before(next) {
                Some((parent, name)) => (*parent, name.clone()),
                None => (
                    row.get(0)?,
                    row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                ),
            };
            names.push((next, name));
            match parent {
                Some(parent) => next = parent,
                None => return Ok(None),
            }
        };
        for (node, name) in names.into_iter().rev() {
            path = joined(&path, &name).into();
            if self.paths.len() >= MAX_PATHS {
                self.paths.clear();
            }
            self.paths.insert(node, Arc::clone(&path));
        }
        Ok(Some(path))
    }

    /// A node and the folders above it, as the consumer knows them.
    fn chain(&self, id: NodeId) -> rusqlite::Result<Vec<NodeId>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT parent FROM node WHERE node = ?")?;
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(node) = next
            && chain.len() < MAX_DEPTH
        {
            chain.push(node);
            next = match self.work.before(node) {
                Some((parent, _)) => *parent,
                None => statement.query_row([node], |row| row.get(0))?,
            };
        }
        Ok(chain)
    }
}
