//! Says what happened, in an order in which the consumer can apply it.
//!
//! The consumer knows the tree as it was before the batch. Each change takes one step from there, and
//! must lead from a tree to a tree: a folder comes before its content, a name is free before another
//! item takes it, and what leaves a folder has left it before the folder goes. Where items wait for each
//! other in a circle, as when two swap their names, one of them is deleted and created again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use drivebell::{ChangeKind, FoundBy};
use rusqlite::{Connection, OptionalExtension};

use super::drive_row::DriveRow;
use super::nodes::{Node, Nodes};
use super::outbox::Outbox;
use super::work::{Step, Work};
use crate::filter::Filter;
use crate::lookup::MAX_DEPTH;
use crate::node::{NodeId, State};
use crate::paths::{ROOT, joined};

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
    /// Folders whose content is to be counted.
    pub(super) touched: HashSet<NodeId>,
}

impl Report<'_> {
    pub(super) fn run(&mut self) -> rusqlite::Result<()> {
        let fresh = std::mem::take(&mut self.work.fresh);
        if self.work.is_all_fresh() && !self.nodes.is_indexed() {
            for node in &fresh {
                let path = self.place_of(node)?;
                self.set_step(node.node, Step::Reported);
                if let Some(path) = path {
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

    /// Reports a node, after what must come before it. If that is under way itself, the node stays open:
    /// whoever is under way sees that it is still in the way.
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
        let node = Nodes::load(self.connection, id)?;
        // It may have been displaced meanwhile.
        let Some(node) = node.filter(|node| !node.is_root() && node.state == State::There) else {
            self.set_step(id, Step::Reported);
            return Ok(());
        };
        if let Some(folder) = node.parent {
            if !self.announce_folders(folder)? {
                self.set_step(id, Step::Open);
                return Ok(());
            }
            // Also where the consumer knows nothing: it may hear of the folder later.
            if !self.make_way(folder, &node)? {
                return self.displace(id);
            }
        }
        self.say(&node)
    }

    /// Reports a folder and those above it, from the top. False if one of them is under way.
    fn announce_folders(&mut self, folder: NodeId) -> rusqlite::Result<bool> {
        let mut folders = vec![folder];
        // Otherwise the folders above are known, or came before what is in them.
        if !self.work.left.is_empty() || self.work.has_again {
            let mut statement = self
                .connection
                .prepare_cached("SELECT parent FROM node WHERE node = ?")?;
            while folders.len() < MAX_DEPTH
                && let Some(above) =
                    statement.query_row([folders[folders.len() - 1]], |row| row.get(0))?
            {
                folders.push(above);
            }
        }
        for folder in folders.into_iter().rev() {
            if self
                .work
                .pending
                .get(&folder)
                .is_some_and(|pending| pending.is_gone)
            {
                continue;
            }
            self.announce(folder)?;
            let pending = self.work.pending.get(&folder);
            if pending.is_some_and(|pending| pending.step != Step::Reported) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn set_step(&mut self, id: NodeId, step: Step) {
        if let Some(pending) = self.work.pending.get_mut(&id) {
            pending.step = step;
        }
    }

    /// Reports how a node got from where the consumer knows it to where it is.
    fn say(&mut self, node: &Node) -> rusqlite::Result<()> {
        let place = self.place_of(node)?;
        let Some(pending) = self.work.pending.get(&node.node) else {
            return Ok(());
        };
        let (is_fresh, is_again, difference) =
            (pending.is_fresh, pending.is_again, pending.difference);
        let before = pending.before.clone();
        let known = match &before {
            _ if is_fresh => None,
            Some((Some(folder), name)) => self.path(*folder)?.map(|folder| joined(&folder, name)),
            Some((None, _)) => None,
            None => place.clone(),
        };
        match (known, place) {
            (None, None) => self.set_step(node.node, Step::Reported),
            (None, Some(path)) => {
                self.set_step(node.node, Step::Reported);
                self.created(node, &path, false, false)?;
                if is_again || !is_fresh {
                    self.created_again(node, &path, 0)?;
                }
            }
            (Some(_), None) => {
                // Its new place is in a folder that the consumer does not know.
                self.drop_known(node.node, None)?;
                self.set_step(node.node, Step::Reported);
            }
            (Some(known), Some(path)) if known != path => {
                let is_renamed = before.is_some_and(|(folder, _)| folder == node.parent);
                let kind = if is_renamed {
                    ChangeKind::Renamed
                } else {
                    ChangeKind::Moved
                };
                self.touched = self.find_touched(node.node)?;
                self.set_step(node.node, Step::Reported);
                self.relocated(node, kind, (&known, &path), difference)?;
                self.paths.clear();
            }
            (Some(_), Some(path)) => {
                self.set_step(node.node, Step::Reported);
                self.modified(node, &path, difference)?;
            }
        }
        Ok(())
    }

    /// Lets other items leave the place that a node takes. False if another one has it, of which newer
    /// things are known.
    fn make_way(&mut self, folder: NodeId, node: &Node) -> rusqlite::Result<bool> {
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
            return Ok(true);
        }
        for other in Nodes::namesakes(self.connection, folder, name, node.node)? {
            if self.work.is_gone(other) {
                self.delete(other)?;
            } else if self.work.is_older(node.node, other) {
                return Ok(false);
            } else if !self.work.is_unknown(other) && self.work.before(other).is_none() {
                self.displace(other)?;
            }
        }
        Ok(true)
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
            self.drop_known(top, self.work.found_by)?;
            self.set_step(top, Step::Reported);
        }
        self.set_step(id, Step::Reported);
        Ok(())
    }

    /// Deletes an item for the consumer that is under way to another place, and that others wait for.
    fn vanish(&mut self, id: NodeId) -> rusqlite::Result<()> {
        self.drop_known(id, None)?;
        if let Some(pending) = self.work.pending.get_mut(&id) {
            pending.make_fresh();
        }
        Ok(())
    }

    /// Deletes an item whose name and place another item has: it cannot be there any more.
    pub(super) fn displace(&mut self, id: NodeId) -> rusqlite::Result<()> {
        self.drop_known(id, Some(FoundBy::Name))?;
        self.set_step(id, Step::Reported);
        self.nodes.detach(self.connection, id, State::Displaced)
    }

    /// Deletes an item and what is in it for the consumer, after what has left it.
    fn drop_known(&mut self, id: NodeId, found_by: Option<FoundBy>) -> rusqlite::Result<()> {
        let left = self.work.left.values().flatten().copied();
        let left: Vec<NodeId> = left.filter(|node| *node != id).collect();
        let mut with_it = Vec::new();
        for node in left {
            if self.is_known_in(node, id)? {
                self.announce(node)?;
                if self.is_known_in(node, id)? {
                    with_it.push(node);
                }
            }
        }
        self.forget(id, found_by)?;
        // They are under way themselves. They go with it, and are created at their new places.
        for node in with_it {
            if let Some(pending) = self.work.pending.get_mut(&node) {
                pending.make_fresh();
            }
        }
        Ok(())
    }

    /// Whether the consumer knows an item in a folder that it has left.
    fn is_known_in(&self, node: NodeId, folder: NodeId) -> rusqlite::Result<bool> {
        Ok(self.work.before(node).is_some() && self.chain(node)?.contains(&folder))
    }

    /// Reports the deletion of an item, if the consumer knows it.
    fn forget(&mut self, id: NodeId, found_by: Option<FoundBy>) -> rusqlite::Result<()> {
        if let Some(node) = Nodes::load(self.connection, id)?
            && !self.work.is_unknown(id)
            && let Some(path) = self.path(id)?
        {
            self.touched = self.find_touched(id)?;
            self.deleted(&node, &path, found_by)?;
        }
        self.paths.clear();
        Ok(())
    }

    /// The folders of which the table and the consumer do not have the same content, because something in
    /// them is still to be reported. `id` is being reported itself.
    fn find_touched(&self, id: NodeId) -> rusqlite::Result<HashSet<NodeId>> {
        let mut touched = HashSet::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT parent FROM node WHERE node = ?")?;
        for (node, pending) in &self.work.pending {
            let is_settled = if pending.is_gone {
                false
            } else {
                pending.step == Step::Reported || !pending.is_fresh && pending.before.is_none()
            };
            if *node == id || is_settled {
                continue;
            }
            touched.extend(self.chain(*node)?);
            let mut next = Some(*node);
            let mut steps = 0;
            while let Some(node) = next
                && steps < MAX_DEPTH
            {
                touched.insert(node);
                next = statement
                    .query_row([node], |row| row.get(0))
                    .optional()?
                    .flatten();
                steps += 1;
            }
        }
        Ok(touched)
    }

    /// How many items the consumer knows in a folder.
    pub(super) fn known_below(&mut self, node: &Node) -> rusqlite::Result<u64> {
        if self.touched.contains(&node.node) {
            return self.count_known(node.node, 0);
        }
        Ok(node.below.unsigned_abs())
    }

    fn count_known(&mut self, folder: NodeId, depth: usize) -> rusqlite::Result<u64> {
        let mut count = 0;
        if depth < MAX_DEPTH {
            let mut children = self.known_children(folder)?;
            while let Some((child, _)) = children.next(self.connection)? {
                count += 1 + self.count_known(child.node, depth + 1)?;
            }
        }
        Ok(count)
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

    /// The path of a node as the consumer knows it; `None` if it does not.
    pub(super) fn path(&mut self, id: NodeId) -> rusqlite::Result<Option<Arc<str>>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT parent, name, state FROM node WHERE node = ?")?;
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
            let is_known = !self.work.has_gone(next) && !self.work.is_unknown(next);
            if names.len() == MAX_DEPTH || !is_known {
                return Ok(None);
            }
            let mut rows = statement.query([next])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            if State::of(row.get(2)?) != State::There {
                return Ok(None);
            }
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
