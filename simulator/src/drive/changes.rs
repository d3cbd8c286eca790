//! What a delta query asks of a drive.

use jiff::Timestamp;

use super::{Drive, Item, Range};

impl Drive {
    /// Shows the changes that are due; the others are as if they had not happened yet.
    pub(crate) fn advance(&mut self) {
        self.feed.advance();
    }

    /// The position of the last change that is shown.
    pub(crate) fn position(&self) -> u64 {
        self.feed.visible()
    }

    /// The position of the last change up to an instant.
    pub(crate) fn position_at(&self, instant: Timestamp) -> u64 {
        self.feed.position_at(instant)
    }

    pub(crate) fn root(&self) -> &Item {
        self.feed.shown(self.at(super::ROOT))
    }

    /// The items that last changed in a range, in that order, as they are shown.
    pub(crate) fn changed(&self, range: Range) -> impl Iterator<Item = (u64, &Item)> {
        let changed = self.feed.read(range);
        changed.map(|(position, index)| (position, self.feed.shown(self.at(index))))
    }

    /// The state of an item before its last change, or the present one if that is not known.
    pub(crate) fn former<'a>(&'a self, item: &Item) -> &'a Item {
        self.feed.former(self.at(item.index))
    }
}
