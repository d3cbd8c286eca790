//! The nodes of ids during a first enumeration, when their index is not built yet.

use crate::node::NodeId;

/// At this size, the index takes its place: 16 MB.
const MAX_SLOTS: usize = 1 << 21;

/// Nodes by the hash of their id, with open addressing. Different ids may have the same hash: who asks
/// compares the ids.
#[derive(Debug)]
pub(super) struct IdTable {
    /// The upper half of the hash, and the node; zero for a free slot.
    slots: Vec<u64>,
    used: usize,
}

impl IdTable {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![0; 1 << 10],
            used: 0,
        }
    }

    /// False if the table is full.
    pub(super) fn insert(&mut self, hash: u64, node: NodeId) -> bool {
        let Ok(node) = u32::try_from(node) else {
            return false;
        };
        if self.used * 4 >= self.slots.len() * 3 {
            if self.slots.len() == MAX_SLOTS {
                return false;
            }
            self.grow();
        }
        self.put(hash & !0xffff_ffff | u64::from(node), hash);
        self.used += 1;
        true
    }

    /// The nodes whose ids may have this hash.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = NodeId> {
        let mask = self.slots.len() - 1;
        let first = Self::slot(hash) & mask;
        (0..self.slots.len())
            .map(move |step| self.slots[(first + step) & mask])
            .take_while(|slot| *slot != 0)
            .filter(move |slot| slot >> 32 == hash >> 32)
            .map(|slot| (slot & 0xffff_ffff).cast_signed())
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![0; old.len() * 2];
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            self.put(slot, slot);
        }
    }

    fn put(&mut self, slot: u64, hash: u64) {
        let mask = self.slots.len() - 1;
        let mut at = Self::slot(hash) & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// From the upper half alone, which is what a slot keeps.
    fn slot(hash: u64) -> usize {
        usize::try_from((hash >> 32).wrapping_mul(0x9e37_79b1) >> 8 & 0xffff_ffff)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found_after_growth() {
        let mut table = IdTable::new();
        let hash = |number: i64| crate::paths::hash(number.to_le_bytes().into_iter());
        for number in 1..20_000 {
            assert!(table.insert(hash(number), number));
        }
        for number in 1..20_000 {
            assert!(table.find(hash(number)).any(|node| node == number));
        }
        let strangers =
            (20_000..40_000).filter(|number| table.find(hash(*number)).next().is_some());
        assert!(strangers.count() < 3);
    }
}
