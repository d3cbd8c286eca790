//! What makes the delta queries of a drive dishonest.

use super::item::{Content, Item, Kind, Tombstone};
use super::{Drive, DriveError, ROOT};
use crate::options::DeltaQuirks;

/// How many items are tried to find one that can come unchanged.
const TRIES: usize = 32;

impl Drive {
    pub(crate) fn quirks(&self) -> DeltaQuirks {
        self.quirks
    }

    pub(crate) fn set_quirks(&mut self, quirks: DeltaQuirks) {
        self.quirks = quirks;
        self.feed.set_lag(quirks.lag, quirks.tombstone_lag);
    }

    /// When the next deletion comes.
    pub(super) fn next_tombstone(&mut self) -> Tombstone {
        if self.quirks.lose_tombstones > 0 {
            self.quirks.lose_tombstones -= 1;
            return Tombstone::Never;
        }
        if self.random.chance(self.quirks.tombstone_loss) {
            Tombstone::Never
        } else if self.quirks.tombstone_lag.is_zero() {
            Tombstone::InOrder
        } else {
            Tombstone::Late
        }
    }

    /// Called when a round begins, to which an unchanged item may come.
    pub(crate) fn begin_round(&mut self) {
        if self.quirks.unchanged_rounds > 0 {
            self.quirks.unchanged_rounds -= 1;
        } else if !self.random.chance(self.quirks.unchanged) {
            return;
        }
        for _ in 0..TRIES {
            let index = self.random.below(self.items.len());
            let item = &self.items[index];
            if !item.deleted && !item.is_root() && !self.feed.is_lagging(item.index) {
                self.touch_unchanged(item.index);
                return;
            }
        }
    }

    /// Moves an item to the end of the feed without changing it.
    pub(crate) fn come_unchanged(&mut self, id: &str) -> Result<(), DriveError> {
        let index = self.item(id)?.index;
        if index == ROOT {
            return Err(DriveError::IsRoot);
        }
        self.touch_unchanged(index);
        Ok(())
    }

    fn touch_unchanged(&mut self, index: u32) {
        self.feed.begin();
        let position = self.feed.next();
        let item = &mut self.items[index as usize];
        let previous = self.feed.needs_previous().then(|| item.clone());
        let old_position = std::mem::replace(&mut item.position, position);
        item.own_position = position;
        self.feed.record(item, old_position, previous);
        self.publish_due_changes();
    }

    /// Deletes an item with everything below it and makes it again, under the same names and with
    /// new ids. Returns the new item.
    pub(crate) fn recreate(&mut self, id: &str) -> Result<&Item, DriveError> {
        let item = self.item(id)?;
        let index = item.index;
        let parent = item.parent.ok_or(DriveError::IsRoot)?;
        let copy = self.copy_of(index);
        self.delete(id)?;
        let index = self.paste(parent, &copy)?;
        Ok(self.at(index))
    }

    fn copy_of(&self, index: u32) -> Copied {
        let item = self.at(index);
        let kind = match item.content() {
            // Seeded content is computed from the index, which changes.
            Some(bytes) if matches!(item.kind, Kind::File(Content::Seeded)) => {
                Kind::uploaded(bytes)
            }
            _ => item.kind.clone(),
        };
        Copied {
            name: item.name.to_string(),
            kind,
            children: self
                .children(item)
                .map(|child| self.copy_of(child.index))
                .collect(),
        }
    }

    fn paste(&mut self, parent: u32, copy: &Copied) -> Result<u32, DriveError> {
        let index = self.create(parent, &copy.name, copy.kind.clone())?;
        for child in &copy.children {
            self.paste(index, child)?;
        }
        Ok(index)
    }
}

struct Copied {
    name: String,
    kind: Kind,
    children: Vec<Copied>,
}
