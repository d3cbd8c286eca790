//! The paths of the folders that were asked for lately.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use crate::lookup::MAX_DEPTH;
use crate::node::{NodeId, facets};
use crate::paths::{ROOT, joined};

/// How much memory the paths may take, each with what it needs beside its text.
const MAX_BYTES: usize = 2_000_000;
const BESIDE_TEXT: usize = 64;

/// Paths of folders, as they were in one version of the file.
#[derive(Debug, Default)]
pub(crate) struct FolderPaths {
    /// As SQLite counts it for the connection.
    version: i64,
    known: HashMap<NodeId, Arc<str>>,
    bytes: usize,
}

impl FolderPaths {
    /// The path of a folder; `None` if one of the folders above it is not known. Call it in the transaction
    /// that reads.
    pub(crate) fn get(
        &mut self,
        connection: &Connection,
        folder: NodeId,
    ) -> rusqlite::Result<Option<Arc<str>>> {
        self.forget_old(connection)?;
        if let Some(path) = self.known.get(&folder) {
            return Ok(Some(Arc::clone(path)));
        }
        let mut statement = connection
            .prepare_cached("SELECT parent, name, facets FROM node WHERE node = ? AND state = 2")?;
        // The names below the first folder whose path is known.
        let mut names: Vec<(NodeId, String)> = Vec::new();
        let mut next = folder;
        let mut path = loop {
            if let Some(path) = self.known.get(&next) {
                break Arc::clone(path);
            }
            let mut rows = statement.query([next])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            if row.get::<_, i64>(2)? & facets::ROOT != 0 {
                break ROOT.into();
            }
            if names.len() == MAX_DEPTH {
                return Ok(None);
            }
            names.push((next, row.get(1)?));
            match row.get(0)? {
                Some(parent) => next = parent,
                None => return Ok(None),
            }
        };
        for (folder, name) in names.into_iter().rev() {
            path = joined(&path, &name).into();
            self.remember(folder, &path);
        }
        Ok(Some(path))
    }

    fn forget_old(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let version = connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if version != self.version {
            self.clear();
            self.version = version;
        }
        Ok(())
    }

    fn remember(&mut self, folder: NodeId, path: &Arc<str>) {
        let bytes = path.len() + BESIDE_TEXT;
        if self.bytes + bytes > MAX_BYTES {
            self.clear();
        }
        self.bytes += bytes;
        self.known.insert(folder, Arc::clone(path));
    }

    fn clear(&mut self) {
        self.known.clear();
        self.bytes = 0;
    }
}
