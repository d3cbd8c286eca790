//! A drive in memory.
//!
//! Items stand in the order of their creation and never leave: a deleted one stays behind as a
//! tombstone, which is what a delta query needs. Every change of an item gives it a new place in
//! the [`Feed`], and with it the folders above, whose size and cTag change too.

mod changes;
mod error;
mod feed;
mod id;
mod item;
mod quick_xor;
mod seed;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use axum::body::Bytes;
use jiff::Timestamp;

use crate::behaviour::DriveType;
pub(crate) use error::DriveError;
use feed::Feed;
pub(crate) use feed::Range;
use id::Ids;
pub(crate) use id::{fnv, stable_uuid};
pub(crate) use item::{Item, Kind};
use item::{check_name, folded};

const ROOT: u32 = 0;

#[derive(Debug)]
pub(crate) struct Drive {
    id: String,
    list_id: String,
    ids: Ids,
    kind: DriveType,
    items: Vec<Item>,
    /// What each folder contains: item by folded name.
    contents: HashMap<u32, BTreeMap<Box<str>, u32>>,
    sequence: u64,
    /// How many items are not deleted, the root not counted.
    live: usize,
    feed: Feed,
}

impl Drive {
    pub(crate) fn new(id: String) -> Self {
        let mut drive = Self {
            list_id: stable_uuid(&id),
            ids: Ids::of(&id),
            id,
            kind: DriveType::default(),
            items: Vec::new(),
            contents: HashMap::new(),
            sequence: 0,
            live: 0,
            feed: Feed::default(),
        };
        let mut root = Item::new(ROOT, None, "root", Kind::Folder, Timestamp::now());
        root.position = drive.feed.next();
        root.own_position = root.position;
        drive.items.push(root);
        drive.feed.begin_with(&drive.items);
        drive
    }

    /// Before anything changes. `keep_previous` remembers what [`Self::previous`] answers.
    pub(crate) fn configure(&mut self, drive_type: DriveType, lag: Duration, keep_previous: bool) {
        self.kind = drive_type;
        self.feed.configure(lag, keep_previous);
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn list_id(&self) -> &str {
        &self.list_id
    }

    pub(crate) fn drive_type(&self) -> DriveType {
        self.kind
    }

    /// The number of the last change; 0 before the first.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many items there are, the root and the deleted ones not counted.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    pub(crate) fn id_of(&self, item: &Item) -> String {
        self.ids.write(item.index)
    }

    /// The item of this id; `root` is an alias.
    pub(crate) fn item(&self, id: &str) -> Result<&Item, DriveError> {
        let index = if id == "root" {
            Some(ROOT)
        } else {
            self.ids.read(id)
        };
        let item = index.and_then(|index| self.items.get(index as usize));
        item.filter(|item| !item.deleted)
            .ok_or(DriveError::NotFound)
    }

    /// The item at these names below an item.
    pub(crate) fn item_below(&self, from: &str, names: &[String]) -> Result<&Item, DriveError> {
        let mut item = self.item(from)?;
        for name in names {
            item = self.child(item.index, name).ok_or(DriveError::NotFound)?;
        }
        Ok(item)
    }

    /// Every item that is not deleted, the root first.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.deleted)
    }

    /// What a folder contains, in the order of names.
    pub(crate) fn children(&self, item: &Item) -> impl Iterator<Item = &Item> {
        let contents = self.contents.get(&item.index);
        let indices = contents.into_iter().flat_map(BTreeMap::values);
        indices.map(|index| self.at(*index))
    }

    pub(crate) fn parent(&self, item: &Item) -> Option<&Item> {
        item.parent.map(|parent| self.at(parent))
    }

    /// The names from the root down to the item, the root's not included.
    pub(crate) fn names<'a>(&'a self, item: &'a Item) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut item = item;
        while let Some(parent) = self.parent(item) {
            names.push(&*item.name);
            item = parent;
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
        self.feed.begin();
        let mut item = self.item(from)?.index;
        // Looked up first: a refused upload must leave no folders behind.
        let mut known = 0;
        while let Some(child) = names.get(known).and_then(|name| self.child(item, name)) {
            item = child.index;
            known += 1;
        }
        let missing = &names[known..];
        if !missing.is_empty() && !self.at(item).is_folder() {
            return Err(DriveError::NotAFolder);
        }
        for name in missing {
            check_name(name)?;
        }
        let Some((file, folders)) = missing.split_last() else {
            return Ok((self.replace(item, content)?, false));
        };
        for folder in folders {
            item = self.create(item, folder, Kind::Folder)?;
        }
        let file = self.create(item, file, Kind::uploaded(content))?;
        Ok((self.at(file), true))
    }

    /// Creates a folder, under another name if this one is taken and `rename` allows it.
    pub(crate) fn create_folder(
        &mut self,
        parent: &str,
        name: &str,
        rename: bool,
    ) -> Result<&Item, DriveError> {
        self.feed.begin();
        check_name(name)?;
        let parent = self.folder(parent)?;
        let mut free = name.to_owned();
        let mut number = 0;
        while self.child(parent, &free).is_some() {
            if !rename {
                return Err(DriveError::NameExists);
            }
            number += 1;
            free = format!("{name} {number}");
        }
        let folder = self.create(parent, &free, Kind::Folder)?;
        Ok(self.at(folder))
    }

    /// Renames, moves, or both. Tells whether anything changed.
    pub(crate) fn update(
        &mut self,
        id: &str,
        name: Option<&str>,
        parent: Option<&str>,
    ) -> Result<(&Item, bool), DriveError> {
        let item = self.item(id)?;
        let (index, size) = (item.index, item.size);
        let old_parent = item.parent.ok_or(DriveError::IsRoot)?;
        let new_name = name.unwrap_or(&item.name).to_owned();
        check_name(&new_name)?;
        let new_parent = match parent {
            Some(parent) => self.folder(parent)?,
            None => old_parent,
        };
        if self.is_at_or_below(new_parent, index) {
            return Err(DriveError::IntoItself);
        }
        if *new_name == *item.name && new_parent == old_parent {
            return Ok((self.at(index), false));
        }
        let known = self.child(new_parent, &new_name);
        if known.is_some_and(|known| known.index != index) {
            return Err(DriveError::NameExists);
        }
        self.feed.begin();
        self.sequence += 1;
        self.take_out(index);
        self.file_away(new_parent, &new_name, index);
        if new_parent == old_parent {
            self.touch_above(old_parent, |_| {});
        } else {
            self.touch_above(old_parent, |folder| folder.size -= size);
            self.touch_above(new_parent, |folder| folder.size += size);
        }
        self.change(index, |item| {
            item.name = new_name.into();
            item.parent = Some(new_parent);
        });
        Ok((self.at(index), true))
    }

    /// Deletes an item and what is below it.
    pub(crate) fn delete(&mut self, id: &str) -> Result<(), DriveError> {
        let item = self.item(id)?;
        let (index, size) = (item.index, item.size);
        let parent = item.parent.ok_or(DriveError::IsRoot)?;
        self.feed.begin();
        self.take_out(index);
        self.touch_above(parent, |folder| folder.size -= size);
        let mut doomed = vec![index];
        while let Some(index) = doomed.pop() {
            doomed.extend(self.contents.remove(&index).unwrap_or_default().values());
            self.sequence += 1;
            self.live -= 1;
            self.change(index, Item::bury);
        }
        Ok(())
    }

    fn at(&self, index: u32) -> &Item {
        &self.items[index as usize]
    }

    fn folder(&self, id: &str) -> Result<u32, DriveError> {
        let item = self.item(id)?;
        if item.is_folder() {
            Ok(item.index)
        } else {
            Err(DriveError::NotAFolder)
        }
    }

    fn child(&self, parent: u32, name: &str) -> Option<&Item> {
        let index = self.contents.get(&parent)?.get(&folded(name))?;
        Some(self.at(*index))
    }

    fn create(&mut self, parent: u32, name: &str, kind: Kind) -> Result<u32, DriveError> {
        let index = u32::try_from(self.items.len()).map_err(|_| DriveError::Full)?;
        let mut item = Item::new(index, Some(parent), name, kind, Timestamp::now());
        self.sequence += 1;
        self.live += 1;
        self.file_away(parent, name, index);
        self.touch_above(parent, |folder| folder.size += item.size);
        item.position = self.feed.next();
        item.own_position = item.position;
        self.feed.record(&item, 0, None);
        self.items.push(item);
        Ok(index)
    }

    fn file_away(&mut self, parent: u32, name: &str, index: u32) {
        let contents = self.contents.entry(parent).or_default();
        contents.insert(folded(name), index);
    }

    fn take_out(&mut self, index: u32) {
        let item = &self.items[index as usize];
        let parent = item.parent.as_ref();
        if let Some(contents) = parent.and_then(|parent| self.contents.get_mut(parent)) {
            contents.remove(&folded(&item.name));
        }
    }

    fn replace(&mut self, index: u32, content: Bytes) -> Result<&Item, DriveError> {
        let (size, parent) = match self.at(index) {
            item if item.is_folder() => return Err(DriveError::NotAFile),
            item => (item.size, item.parent),
        };
        self.sequence += 1;
        let new_size = content.len() as u64;
        if let Some(parent) = parent {
            self.touch_above(parent, |folder| {
                folder.size = folder.size - size + new_size;
            });
        }
        self.change(index, |item| item.replace(content));
        Ok(self.at(index))
    }

    /// A change of an item itself.
    fn change(&mut self, index: u32, edit: impl FnOnce(&mut Item)) {
        self.touch(index, |item| {
            edit(item);
            item.version += 1;
            item.own_position = item.position;
        });
    }

    /// A change below a folder, which is one of every folder from the root down to it.
    fn touch_above(&mut self, folder: u32, edit: impl Fn(&mut Item)) {
        let mut path = Vec::new();
        let mut next = Some(folder);
        while let Some(index) = next {
            path.push(index);
            next = self.at(index).parent;
        }
        for index in path.into_iter().rev() {
            let children = self.contents.get(&index).map_or(0, BTreeMap::len);
            self.touch(index, |item| {
                edit(item);
                item.children = u32::try_from(children).unwrap_or(u32::MAX);
                item.content_version += 1;
            });
        }
    }

    fn touch(&mut self, index: u32, edit: impl FnOnce(&mut Item)) {
        let item = &mut self.items[index as usize];
        let previous = self.feed.needs_previous().then(|| item.clone());
        let old_position = item.position;
        item.position = self.feed.next();
        item.modified = Timestamp::now();
        edit(item);
        self.feed.record(item, old_position, previous);
    }

    fn is_at_or_below(&self, index: u32, ancestor: u32) -> bool {
        let mut current = Some(index);
        while let Some(index) = current {
            if index == ancestor {
                return true;
            }
            current = self.at(index).parent;
        }
        false
    }
}

#[cfg(test)]
mod tests;
