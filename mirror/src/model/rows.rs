//! What a program knows of a drive that keeps rows by the rules of `ChangeBatch`: mark and sweep.

use std::collections::{BTreeMap, BTreeSet};

use drivebell::internals::ModelItem;
use drivebell::{ChangeBatch, DriveItem, Item};

#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// By id: the state, and the snapshot that last contained it.
    rows: BTreeMap<String, (ModelItem, Option<String>)>,
    /// Items whose deletion was reported.
    gone: BTreeSet<String>,
}

impl Rows {
    /// Returns how many items came before their folder.
    pub(super) fn apply(&mut self, batch: &ChangeBatch) -> usize {
        let mut early = 0;
        for item in &batch.items {
            let Item::Drive(item) = item else {
                panic!("not an item of a drive: {item:?}")
            };
            if item.is_deleted() {
                self.rows.remove(item.id());
                self.gone.insert(item.id().to_owned());
                continue;
            }
            self.gone.remove(item.id());
            let parent = item.parent_id();
            early += usize::from(parent.is_some_and(|parent| !self.rows.contains_key(parent)));
            let row = (state(item), batch.snapshot.clone());
            self.rows.insert(item.id().to_owned(), row);
        }
        if batch.caught_up && batch.snapshot.is_some() {
            self.rows.retain(|_, (_, mark)| *mark >= batch.snapshot);
        }
        early
    }

    /// Whether the rows are those of the drive, but for what was in a folder that was deleted.
    pub(super) fn are(&self, items: &BTreeMap<String, ModelItem>) -> bool {
        self.are_placed(items) && self.lost().all(|top| self.gone.contains(top))
    }

    /// Whether the rows that are below the root are those of the drive.
    pub(super) fn are_placed(&self, items: &BTreeMap<String, ModelItem>) -> bool {
        let mut placed = self.states().filter(|row| self.top(row).is_none());
        self.states().count() - self.lost().count() == items.len()
            && placed.all(|row| items.get(&row.id) == Some(row))
    }

    /// The folders that are not known of rows that are not below the root.
    pub(super) fn lost(&self) -> impl Iterator<Item = &str> {
        self.states().filter_map(|row| self.top(row))
    }

    fn states(&self) -> impl Iterator<Item = &ModelItem> {
        self.rows.values().map(|(row, _)| row)
    }

    /// The first folder above a row that is not known; `None` below the root.
    fn top<'a>(&'a self, row: &'a ModelItem) -> Option<&'a str> {
        let mut row = row;
        for _ in 0..self.rows.len() {
            let parent = row.parent.as_deref()?;
            match self.rows.get(parent) {
                Some((folder, _)) => row = folder,
                None => return Some(parent),
            }
        }
        // A circle.
        Some("")
    }
}

/// An item in the form in which the model knows it.
pub(super) fn state(item: &DriveItem) -> ModelItem {
    let is_file = item.is_file();
    ModelItem {
        id: item.id().to_owned(),
        name: item.name().unwrap_or_default().to_owned(),
        parent: item.parent_id().map(str::to_owned),
        size: item.size().filter(|_| is_file),
        is_folder: item.is_folder(),
        is_shared: item.is_shared(),
        c_tag: item.c_tag().filter(|_| is_file).map(str::to_owned),
    }
}
