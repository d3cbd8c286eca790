//! A drive in memory.
//!
//! Every change takes the next number of the drive's sequence, an item keeps the number of its
//! last change, and a deleted item stays behind as a tombstone: what a delta query needs.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use axum::body::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

/// Why a drive refuses a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DriveError {
    NotFound,
    NameExists,
    InvalidName,
    IntoItself,
    IsRoot,
    NotAFolder,
    NotAFile,
}

impl fmt::Display for DriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "The resource could not be found.",
            Self::NameExists => "An item with the same name already exists under the parent.",
            Self::InvalidName => "The name is empty or contains a character that is not allowed.",
            Self::IntoItself => "An item cannot be moved into itself or below itself.",
            Self::IsRoot => "The root cannot be changed.",
            Self::NotAFolder => "The item is not a folder.",
            Self::NotAFile => "The item is not a file.",
        })
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Folder,
    File(Bytes),
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    /// `None` for the root only.
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Counts changes of any sort, for the eTag.
    pub(crate) version: u64,
    /// Counts changes of the content, for the cTag.
    pub(crate) content_version: u64,
    /// The number of its last change.
    pub(crate) sequence: u64,
    /// A tombstone keeps its place, and nothing finds it any more.
    pub(crate) deleted: bool,
}

impl Item {
    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder)
    }

    fn new(parent: Option<String>, name: String, kind: Kind, sequence: u64) -> Self {
        let now = Timestamp::now();
        Self {
            id: format!("01{:X}", Uuid::new_v4().simple()),
            parent,
            name,
            kind,
            created: now,
            modified: now,
            version: 1,
            content_version: 1,
            sequence,
            deleted: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Drive {
    id: String,
    list_id: String,
    root: String,
    items: HashMap<String, Item>,
    /// What each folder contains: id by folded name.
    contents: HashMap<String, BTreeMap<String, String>>,
    sequence: u64,
}

impl Drive {
    pub(crate) fn new(id: String) -> Self {
        let root = Item::new(None, "root".to_owned(), Kind::Folder, 0);
        Self {
            list_id: stable_uuid(&id),
            id,
            root: root.id.clone(),
            items: HashMap::from([(root.id.clone(), root)]),
            contents: HashMap::new(),
            sequence: 0,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn list_id(&self) -> &str {
        &self.list_id
    }

    /// The number of the last change; 0 before the first.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many items there are, the root and the deleted ones not counted.
    pub(crate) fn len(&self) -> usize {
        self.items.values().filter(|item| !item.deleted).count() - 1
    }

    /// The item of this id; `root` is an alias.
    pub(crate) fn item(&self, id: &str) -> Result<&Item, DriveError> {
        let id = if id == "root" { &self.root } else { id };
        let item = self.items.get(id).filter(|item| !item.deleted);
        item.ok_or(DriveError::NotFound)
    }

    /// The item at these names below an item.
    pub(crate) fn item_below(&self, from: &str, names: &[String]) -> Result<&Item, DriveError> {
        let mut item = self.item(from)?;
        for name in names {
            item = self.child(&item.id, name).ok_or(DriveError::NotFound)?;
        }
        Ok(item)
    }

    /// What a folder contains, in the order of names.
    pub(crate) fn children(&self, id: &str) -> Vec<&Item> {
        let ids = self.contents.get(id).into_iter().flat_map(BTreeMap::values);
        ids.filter_map(|id| self.items.get(id)).collect()
    }

    /// The size of a file, or of all files below a folder.
    pub(crate) fn size(&self, item: &Item) -> u64 {
        match &item.kind {
            Kind::File(content) => content.len() as u64,
            Kind::Folder => {
                let children = self.children(&item.id);
                children.into_iter().map(|child| self.size(child)).sum()
            }
        }
    }

    /// The names from the root down to the item, the root's not included.
    pub(crate) fn names(&self, item: &Item) -> Vec<String> {
        let mut names = Vec::new();
        let mut item = Some(item);
        while let Some(current) = item {
            let parent = current.parent.as_ref();
            if parent.is_some() {
                names.push(current.name.clone());
            }
            item = parent.and_then(|parent| self.items.get(parent));
        }
        names.reverse();
        names
    }

    /// Creates or replaces a file and the folders above it. Tells whether it was created.
    pub(crate) fn put(
        &mut self,
        from: &str,
        names: &[String],
        content: Bytes,
    ) -> Result<(&Item, bool), DriveError> {
        let mut item = self.item(from)?.id.clone();
        // Looked up first: a refused upload must leave no folders behind.
        let mut known = 0;
        while let Some(child) = names.get(known).and_then(|name| self.child(&item, name)) {
            item.clone_from(&child.id);
            known += 1;
        }
        let missing = &names[known..];
        if !missing.is_empty() && !self.item(&item)?.is_folder() {
            return Err(DriveError::NotAFolder);
        }
        for name in missing {
            check_name(name)?;
        }
        let Some((file, folders)) = missing.split_last() else {
            return Ok((self.replace(&item, content)?, false));
        };
        for folder in folders {
            item = self.create(item, folder.clone(), Kind::Folder);
        }
        let id = self.create(item, file.clone(), Kind::File(content));
        Ok((self.item(&id)?, true))
    }

    /// Renames, moves, or both. Tells whether anything changed.
    pub(crate) fn update(
        &mut self,
        id: &str,
        name: Option<&str>,
        parent: Option<&str>,
    ) -> Result<(&Item, bool), DriveError> {
        let item = self.item(id)?;
        let id = item.id.clone();
        let old_parent = item.parent.clone().ok_or(DriveError::IsRoot)?;
        let new_name = name.unwrap_or(&item.name).to_owned();
        check_name(&new_name)?;
        let new_parent = match parent {
            Some(parent) => self.folder(parent)?.id.clone(),
            None => old_parent.clone(),
        };
        if self.is_at_or_below(&new_parent, &id) {
            return Err(DriveError::IntoItself);
        }
        if new_name == item.name && new_parent == old_parent {
            return Ok((self.item(&id)?, false));
        }
        if self
            .child(&new_parent, &new_name)
            .is_some_and(|known| known.id != id)
        {
            return Err(DriveError::NameExists);
        }
        let sequence = self.next();
        self.take_out(&id);
        self.file_away(new_parent.clone(), &new_name, id.clone());
        if let Some(item) = self.items.get_mut(&id) {
            item.name = new_name;
            item.parent = Some(new_parent);
            touch(item, sequence);
        }
        Ok((self.item(&id)?, true))
    }

    /// Deletes an item and what is below it.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), DriveError> {
        let item = self.item(id)?;
        if item.parent.is_none() {
            return Err(DriveError::IsRoot);
        }
        let mut doomed = vec![item.id.clone()];
        while let Some(id) = doomed.pop() {
            doomed.extend(self.children(&id).into_iter().map(|child| child.id.clone()));
            let sequence = self.next();
            self.take_out(&id);
            if let Some(item) = self.items.get_mut(&id) {
                item.deleted = true;
                if let Kind::File(content) = &mut item.kind {
                    *content = Bytes::new();
                }
                touch(item, sequence);
            }
        }
        Ok(())
    }

    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn folder(&self, id: &str) -> Result<&Item, DriveError> {
        let item = self.item(id)?;
        if item.is_folder() {
            Ok(item)
        } else {
            Err(DriveError::NotAFolder)
        }
    }

    fn child(&self, parent: &str, name: &str) -> Option<&Item> {
        let id = self.contents.get(parent)?.get(&folded(name))?;
        self.items.get(id)
    }

    fn create(&mut self, parent: String, name: String, kind: Kind) -> String {
        let item = Item::new(Some(parent.clone()), name, kind, self.next());
        let id = item.id.clone();
        self.file_away(parent, &item.name, id.clone());
        self.items.insert(id.clone(), item);
        id
    }

    fn file_away(&mut self, parent: String, name: &str, id: String) {
        let contents = self.contents.entry(parent).or_default();
        contents.insert(folded(name), id);
    }

    fn take_out(&mut self, id: &str) {
        let Some(item) = self.items.get(id) else {
            return;
        };
        let parent = item.parent.as_ref();
        if let Some(contents) = parent.and_then(|parent| self.contents.get_mut(parent)) {
            contents.remove(&folded(&item.name));
        }
    }

    fn replace(&mut self, id: &str, content: Bytes) -> Result<&Item, DriveError> {
        if self.item(id)?.is_folder() {
            return Err(DriveError::NotAFile);
        }
        let sequence = self.next();
        let item = self.items.get_mut(id).ok_or(DriveError::NotFound)?;
        item.kind = Kind::File(content);
        item.content_version += 1;
        touch(item, sequence);
        Ok(item)
    }

    fn is_at_or_below(&self, id: &str, ancestor: &str) -> bool {
        let mut current = Some(id);
        while let Some(id) = current {
            if id == ancestor {
                return true;
            }
            current = self.items.get(id).and_then(|item| item.parent.as_deref());
        }
        false
    }
}

/// `OneDrive` finds names whatever their case.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn touch(item: &mut Item, sequence: u64) {
    item.modified = Timestamp::now();
    item.version += 1;
    item.sequence = sequence;
}

fn check_name(name: &str) -> Result<(), DriveError> {
    let forbidden = |c: char| c.is_control() || "\"*:<>?/\\|".contains(c);
    let bad = name.is_empty() || name == "." || name == ".." || name.contains(forbidden);
    if bad {
        Err(DriveError::InvalidName)
    } else {
        Ok(())
    }
}

/// The same for the same drive in every run, so that a log of one run can be read beside another's.
fn stable_uuid(of: &str) -> String {
    // FNV-1a: nothing here needs more than a spread.
    let hash = of.bytes().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128,
        |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_013b),
    );
    uuid::Builder::from_custom_bytes(hash.to_be_bytes())
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests;
