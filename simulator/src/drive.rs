//! A drive in memory.
//!
//! Items are stored in the order of their creation and are never removed: a deleted item becomes a
//! tombstone, which delta queries return. Each change moves an item to the end of the [`Feed`], and
//! the folders above it too, because their size and cTag change.

mod changes;
mod edit;
mod error;
mod feed;
mod id;
mod item;
mod quick_xor;
mod quirks;
mod seed;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::behaviour::DriveType;
use crate::options::DeltaQuirks;
use crate::random::Random;
pub(crate) use error::DriveError;
use feed::Feed;
pub(crate) use feed::Range;
use id::Ids;
pub(crate) use id::{fnv, stable_uuid};
use item::folded;
pub(crate) use item::{Item, Kind};

const ROOT: u32 = 0;

#[derive(Debug)]
pub(crate) struct Drive {
    id: String,
    list_id: String,
    ids: Ids,
    kind: DriveType,
    quirks: DeltaQuirks,
    random: Random,
    items: Vec<Item>,
    /// The children of each folder: the item's index by its folded name.
    contents: HashMap<u32, BTreeMap<Box<str>, u32>>,
    sequence: u64,
    /// How many items are not deleted, without the root.
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
            quirks: DeltaQuirks::default(),
            random: Random::default(),
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

    /// Must be called before the first change. `keep_previous` stores the states that
    /// [`Self::previous`] returns.
    pub(crate) fn configure(&mut self, drive_type: DriveType, keep_previous: bool, seed: u64) {
        self.kind = drive_type;
        self.feed.keep_previous(keep_previous);
        self.random = Random::new(seed, &self.id);
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

    /// How many items there are, without the root and deleted ones.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    pub(crate) fn id_of(&self, item: &Item) -> String {
        self.ids.write(item.index)
    }

    /// The item with this id; `root` is an alias.
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

    /// The item at a path of names below another item.
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

    /// The children of a folder, by name.
    pub(crate) fn children(&self, item: &Item) -> impl Iterator<Item = &Item> {
        let contents = self.contents.get(&item.index);
        let indices = contents.into_iter().flat_map(BTreeMap::values);
        indices.map(|index| self.at(*index))
    }

    pub(crate) fn parent(&self, item: &Item) -> Option<&Item> {
        item.parent.map(|parent| self.at(parent))
    }

    /// The names from the root down to the item, without the root's.
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
