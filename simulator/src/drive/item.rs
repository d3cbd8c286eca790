//! What a drive stores of an item. Everything else is computed on demand.

use std::sync::Arc;

use axum::body::Bytes;
use jiff::Timestamp;

use super::error::DriveError;
use super::quick_xor::quick_xor_hash;

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Folder,
    File(Content),
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Uploaded(Arc<Upload>),
    /// Computed from the item's index.
    Seeded,
    /// The content of a deleted file.
    Dropped,
}

#[derive(Debug)]
pub(crate) struct Upload {
    bytes: Bytes,
    hash: [u8; 20],
}

impl Kind {
    pub(super) fn uploaded(bytes: Bytes) -> Self {
        let hash = quick_xor_hash(&bytes);
        Self::File(Content::Uploaded(Arc::new(Upload { bytes, hash })))
    }
}

/// When a deletion comes in delta queries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Tombstone {
    /// Like any other change.
    #[default]
    InOrder,
    /// After changes that were made later.
    Late,
    Never,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The index in the drive, from which the id is computed; the root has 0.
    pub(crate) index: u32,
    /// `None` for the root only.
    pub(crate) parent: Option<u32>,
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
    /// The size of a file, or of all files below a folder.
    pub(crate) size: u64,
    /// How many items are directly in a folder.
    pub(crate) children: u32,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Counts changes of the item itself, for the eTag.
    pub(crate) version: u32,
    /// Counts changes of the content, of a folder those of everything below it, for the cTag.
    pub(crate) content_version: u32,
    /// The position of its last change in the feed.
    pub(crate) position: u64,
    /// The position of the last change of the item itself, not of something below it.
    pub(crate) own_position: u64,
    /// A tombstone stays in the feed, but no id and no path finds it.
    pub(crate) deleted: bool,
    pub(super) tombstone: Tombstone,
}

impl Item {
    pub(super) fn new(
        index: u32,
        parent: Option<u32>,
        name: &str,
        kind: Kind,
        created: Timestamp,
    ) -> Self {
        let mut item = Self {
            index,
            parent,
            name: name.into(),
            kind,
            size: 0,
            children: 0,
            created,
            modified: created,
            version: 1,
            content_version: 1,
            position: 0,
            own_position: 0,
            deleted: false,
            tombstone: Tombstone::default(),
        };
        item.size = item.length();
        item
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.parent.is_none()
    }

    /// The content of a file; `None` for a folder.
    pub(crate) fn content(&self) -> Option<Bytes> {
        match &self.kind {
            Kind::Folder => None,
            Kind::File(Content::Uploaded(upload)) => Some(upload.bytes.clone()),
            Kind::File(Content::Seeded) => Some(seeded(self.index).into()),
            Kind::File(Content::Dropped) => Some(Bytes::new()),
        }
    }

    pub(crate) fn quick_xor_hash(&self) -> Option<[u8; 20]> {
        match &self.kind {
            Kind::File(Content::Uploaded(upload)) => Some(upload.hash),
            Kind::File(Content::Seeded) => Some(quick_xor_hash(seeded(self.index).as_bytes())),
            Kind::Folder | Kind::File(Content::Dropped) => None,
        }
    }

    /// The length of a file's content. A folder's is 0, though its `size` is not.
    fn length(&self) -> u64 {
        match &self.kind {
            Kind::File(Content::Uploaded(upload)) => upload.bytes.len() as u64,
            Kind::File(Content::Seeded) => u64::from(self.index.max(1).ilog10()) + 2,
            Kind::Folder | Kind::File(Content::Dropped) => 0,
        }
    }

    pub(super) fn replace(&mut self, content: Bytes) {
        self.kind = Kind::uploaded(content);
        self.size = self.length();
        self.content_version += 1;
    }

    pub(super) fn delete(&mut self, tombstone: Tombstone) {
        self.deleted = true;
        self.tombstone = tombstone;
        if !self.is_folder() {
            self.kind = Kind::File(Content::Dropped);
        }
    }
}

fn seeded(index: u32) -> String {
    format!("{index}\n")
}

/// The key of a name, because OneDrive ignores case.
pub(super) fn folded(name: &str) -> Box<str> {
    name.to_lowercase().into()
}

pub(super) fn check_name(name: &str) -> Result<(), DriveError> {
    let forbidden = |c: char| c.is_control() || "\"*:<>?/\\|".contains(c);
    let bad = name.is_empty() || name == "." || name == ".." || name.contains(forbidden);
    if bad {
        Err(DriveError::InvalidName)
    } else {
        Ok(())
    }
}
