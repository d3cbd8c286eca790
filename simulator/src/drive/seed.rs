//! Fills a drive with generated items.
//!
//! One item in 50 is a folder. A folder has ten subfolders, and the files are spread evenly over
//! the folders. A folder comes before its content.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Drive;
use super::item::{Content, Item, Kind, folded};

/// 2025-01-01T00:00:00Z. Each item is created a second after the previous one.
const FIRST_CREATED: i64 = 1_735_689_600;
const ITEMS_PER_FOLDER: u32 = 50;
const FOLDERS_PER_FOLDER: u32 = 10;

impl Drive {
    /// Fills an empty drive with `count` items, the same in every run.
    pub(crate) fn seed(&mut self, count: u32) {
        let folders = (count / ITEMS_PER_FOLDER).max(u32::from(count > 1));
        let first = Timestamp::from_second(FIRST_CREATED).unwrap_or_default();
        let created = |index: u32| first + SignedDuration::from_secs(index.into());
        let root = &mut self.items[0];
        (root.created, root.modified) = (first, first);
        self.items.reserve_exact(count as usize);
        for index in 1..=count {
            let (parent, name, kind) = if index <= folders {
                let name = format!("folder-{index:05}");
                ((index - 1) / FOLDERS_PER_FOLDER, name, Kind::Folder)
            } else {
                let file = u64::from(index - folders - 1);
                let share = file * u64::from(folders) / u64::from(count - folders);
                let parent = u32::try_from(share).unwrap_or_default() + folders.min(1);
                let name = format!("file-{index:07}.txt");
                (parent, name, Kind::File(Content::Seeded))
            };
            let mut item = Item::new(index, Some(parent), &name, kind, created(index));
            item.position = u64::from(index) + 1;
            item.own_position = item.position;
            self.items.push(item);
        }
        self.add_up();
        self.contents = contents(&self.items);
        self.feed.begin_with(&self.items);
        self.sequence = count.into();
        self.live = count as usize;
    }

    /// Sums sizes and counts children, backwards because a folder comes before its content.
    fn add_up(&mut self) {
        for index in (1..self.items.len()).rev() {
            let (size, parent) = (self.items[index].size, self.items[index].parent);
            if let Some(parent) = parent {
                let parent = &mut self.items[parent as usize];
                parent.size += size;
                parent.children += 1;
            }
        }
    }
}

fn contents(items: &[Item]) -> HashMap<u32, BTreeMap<Box<str>, u32>> {
    let mut names: HashMap<u32, Vec<_>> = HashMap::new();
    for item in items {
        if let Some(parent) = item.parent {
            let names = names.entry(parent).or_default();
            names.push((folded(&item.name), item.index));
        }
    }
    let sorted = names.into_iter();
    sorted
        .map(|(folder, names)| (folder, names.into_iter().collect()))
        .collect()
}
