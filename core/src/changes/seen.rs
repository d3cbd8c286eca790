//! What was handed out since an earlier link, so that a query from that link hands out only the rest.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::item::Item;

/// How many items are remembered in each half, in 16 bytes each. What is forgotten is handed out twice,
/// which is allowed.
const MAX_ITEMS: usize = 32 * 1024;

/// The last state of each item that was handed out, as hashes. Two ids with the same hash do no harm:
/// the hash of a state covers the id.
#[derive(Debug, Default)]
pub(super) struct Seen {
    hasher: RandomState,
    older: HashMap<u64, u64>,
    newer: HashMap<u64, u64>,
}

impl Seen {
    /// Takes the state of an item. Whether it is the state that was handed out last.
    pub(super) fn is_repeat(&mut self, item: &Item) -> bool {
        let (id, state) = self.hashes(item);
        let before = self.newer.get(&id).or_else(|| self.older.get(&id));
        if before == Some(&state) {
            return true;
        }
        if self.newer.len() >= MAX_ITEMS {
            self.rotate();
        }
        self.newer.insert(id, state);
        false
    }

    /// Takes the state of an item that is handed out in any case.
    pub(super) fn update(&mut self, item: &Item) {
        let (id, state) = self.hashes(item);
        for half in [&mut self.newer, &mut self.older] {
            if let Some(known) = half.get_mut(&id) {
                *known = state;
            }
        }
    }

    /// Forgets the older half.
    pub(super) fn rotate(&mut self) {
        self.older = std::mem::take(&mut self.newer);
    }

    pub(super) fn clear(&mut self) {
        self.older = HashMap::new();
        self.newer = HashMap::new();
    }

    fn hashes(&self, item: &Item) -> (u64, u64) {
        (
            self.hasher.hash_one(item.id()),
            self.hasher.hash_one(item.raw()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DriveItem;

    fn item(raw: &str) -> Item {
        Item::Drive(DriveItem::from_raw(raw).unwrap())
    }

    #[test]
    fn only_the_last_state_is_a_repeat() {
        let mut seen = Seen::default();
        let (there, gone) = (item(r#"{"id":"a"}"#), item(r#"{"id":"a","deleted":{}}"#));
        assert!(!seen.is_repeat(&there));
        assert!(seen.is_repeat(&there));
        assert!(!seen.is_repeat(&gone));
        assert!(!seen.is_repeat(&there));
        seen.rotate();
        assert!(seen.is_repeat(&there));
        seen.rotate();
        seen.rotate();
        assert!(!seen.is_repeat(&there));
    }

    #[test]
    fn a_state_that_comes_otherwise_counts_as_the_last() {
        let mut seen = Seen::default();
        let (old, new) = (
            item(r#"{"id":"a","size":1}"#),
            item(r#"{"id":"a","size":2}"#),
        );
        seen.update(&old);
        assert!(!seen.is_repeat(&new));
        seen.update(&old);
        assert!(!seen.is_repeat(&new));
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 0..3 * MAX_ITEMS {
            seen.is_repeat(&item(&format!(r#"{{"id":"{id}"}}"#)));
        }
        assert!(seen.older.len() + seen.newer.len() <= 2 * MAX_ITEMS);
    }
}
