//! Everything in a folder, some hundred items at a time.

use std::collections::VecDeque;
use std::fmt;

use drivebell::{DriveItem, Error};
use rusqlite::{Connection, OptionalExtension};

use crate::filter::PathFilter;
use crate::lookup::children_of;
use crate::node::NodeId;
use crate::paths::joined;
use crate::tree::Tree;

/// How many items [`Walk`] reads at a time.
const CHUNK: usize = 512;

/// How many items [`Walk`] passes in one transaction, which keeps the write-ahead log from being reused.
const MAX_STEPS: usize = 16 * CHUNK;

/// Items with their paths, from [`Tree::walk`]: an iterator.
pub struct Walk {
    tree: Tree,
    /// What the iterator has read.
    chunk: VecDeque<(String, DriveItem)>,
    /// Folders whose children are still to be read, the next one last.
    open: Vec<(NodeId, String)>,
    /// What was read, the next one last.
    ready: Vec<Step>,
    filter: Option<PathFilter>,
}

struct Step {
    node: NodeId,
    path: String,
    is_folder: bool,
}

impl Walk {
    /// Through a folder, if there is one: its node and its path.
    pub(crate) fn new(tree: &Tree, folder: Option<(NodeId, String)>) -> Self {
        Self {
            tree: tree.clone(),
            chunk: VecDeque::new(),
            open: folder.into_iter().collect(),
            ready: Vec::new(),
            filter: None,
        }
    }

    /// Gives only the items whose path matches. What is in a folder that does not match may match itself.
    #[must_use]
    pub fn matching(mut self, filter: &PathFilter) -> Self {
        self.filter = Some(filter.clone());
        self
    }

    /// Up to some hundred items; none at the end. Use either this or the iterator.
    ///
    /// # Errors
    /// `Storage`.
    pub fn next_chunk(&mut self) -> Result<Vec<(String, DriveItem)>, Error> {
        let tree = self.tree.clone();
        loop {
            let (steps, is_last) = tree.reader.read(|connection| self.chunk(connection))?;
            if is_last || !steps.is_empty() {
                return steps
                    .into_iter()
                    .map(|(path, json)| Ok((path, tree.parsed(&json)?)))
                    .collect();
            }
        }
    }

    /// Paths with their items, and whether the walk is over.
    fn chunk(
        &mut self,
        connection: &Connection,
    ) -> rusqlite::Result<(Vec<(String, String)>, bool)> {
        let mut chunk = Vec::new();
        for _ in 0..MAX_STEPS {
            if chunk.len() == CHUNK {
                break;
            }
            let Some(step) = self.step(connection)? else {
                return Ok((chunk, true));
            };
            let matches = |filter: &PathFilter| filter.matches(&step.path);
            if self.filter.as_ref().is_none_or(matches)
                && let Some(json) = self.tree.item(connection, step.node).optional()?
            {
                chunk.push((step.path, json));
            }
        }
        Ok((chunk, false))
    }

    fn step(&mut self, connection: &Connection) -> rusqlite::Result<Option<Step>> {
        if let Some((folder, path)) = self.open.pop() {
            let mut children = children_of(connection, folder)?;
            children.sort_by(|left, right| right.1.cmp(&left.1));
            self.ready
                .extend(children.into_iter().map(|(node, name, is_folder)| Step {
                    node,
                    path: joined(&path, &name),
                    is_folder,
                }));
        }
        let step = self.ready.pop();
        if let Some(step) = step.as_ref().filter(|step| step.is_folder) {
            self.open.push((step.node, step.path.clone()));
        }
        Ok(step)
    }
}

impl Iterator for Walk {
    type Item = Result<(String, DriveItem), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.chunk.is_empty() {
            match self.next_chunk() {
                Ok(chunk) => self.chunk = chunk.into(),
                Err(error) => return Some(Err(error)),
            }
        }
        self.chunk.pop_front().map(Ok)
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("tree", &self.tree)
            .finish_non_exhaustive()
    }
}
