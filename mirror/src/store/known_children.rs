//! What is in a folder, as the consumer knows it.

use std::collections::HashMap;
use std::vec;

use rusqlite::Connection;

use super::nodes::{Node, Nodes};
use super::report::Report;
use crate::node::{NodeId, State};

/// How many rows are read at once.
const CHUNK: usize = 256;

/// The children of a folder as the consumer knows them.
pub(super) struct KnownChildren {
    /// In the order of their rows: mostly that in which they came. Some are not in the tree.
    nodes: Vec<NodeId>,
    /// How many of them were read.
    read: usize,
    chunk: vec::IntoIter<Node>,
    /// The names of those that are elsewhere by now, or have another name.
    left: HashMap<NodeId, String>,
}

impl KnownChildren {
    /// The next child, with the name that the consumer knows.
    pub(super) fn next(
        &mut self,
        connection: &Connection,
    ) -> rusqlite::Result<Option<(Node, String)>> {
        loop {
            for child in self.chunk.by_ref() {
                if let Some(name) = self.left.remove(&child.node) {
                    return Ok(Some((child, name)));
                }
                if child.state == State::There {
                    let name = child.name().to_owned();
                    return Ok(Some((child, name)));
                }
            }
            let rest = &self.nodes[self.read..];
            if rest.is_empty() {
                return Ok(None);
            }
            let chunk = &rest[..rest.len().min(CHUNK)];
            self.chunk = Nodes::load_some(connection, chunk)?.into_iter();
            self.read += chunk.len();
        }
    }
}

impl Report<'_> {
    pub(super) fn known_children(&mut self, folder: NodeId) -> rusqlite::Result<KnownChildren> {
        self.nodes.ensure_indexed(self.connection)?;
        let mut left = HashMap::new();
        for node in self.work.left.get(&folder).into_iter().flatten() {
            if let Some((parent, name)) = self.work.before(*node)
                && *parent == Some(folder)
            {
                left.insert(*node, name.clone());
            }
        }
        let mut nodes: Vec<NodeId> = left.keys().copied().collect();
        // The index alone answers this.
        let mut statement = self
            .connection
            .prepare_cached("SELECT node FROM node WHERE parent = ?")?;
        let mut rows = statement.query([folder])?;
        while let Some(row) = rows.next()? {
            let node: NodeId = row.get(0)?;
            let is_elsewhere = self.work.before(node).is_some();
            if !is_elsewhere && !self.work.is_unknown(node) && !self.work.has_gone(node) {
                nodes.push(node);
            }
        }
        nodes.sort_unstable();
        Ok(KnownChildren {
            nodes,
            read: 0,
            chunk: Vec::new().into_iter(),
            left,
        })
    }
}
