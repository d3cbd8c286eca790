//! A drive's changes, for delta queries.

use jiff::Timestamp;

use super::Drive;
use super::feed::Range;
use super::item::Item;

impl Drive {
    /// Makes the changes visible whose lag is over.
    pub(crate) fn publish_due_changes(&mut self) {
        self.feed.publish_due();
    }

    /// The position of the last visible change.
    pub(crate) fn position(&self) -> u64 {
        self.feed.visible_position()
    }

    /// The position of the last change, visible or not.
    pub(crate) fn last_position(&self) -> u64 {
        self.feed.last_position()
    }

    /// The position of the last change up to an instant.
    pub(crate) fn position_at(&self, instant: Timestamp) -> u64 {
        self.feed.position_at(instant)
    }

    /// The root in its visible state.
    pub(crate) fn root(&self) -> &Item {
        self.feed.visible_state(self.at(super::ROOT))
    }

    /// The items that last changed in a range, by position, in their visible states.
    pub(crate) fn changed(&self, range: Range) -> impl Iterator<Item = (u64, &Item)> {
        let changed = self.feed.read(range);
        changed.map(|(position, index)| (position, self.feed.visible_state(self.at(index))))
    }

    /// An item before its last visible change, or its visible state if that is not known.
    pub(crate) fn previous<'a>(&'a self, item: &Item) -> &'a Item {
        self.feed.previous(self.at(item.index))
    }
}
