//! Where nodes are by a hash, during a first enumeration, when the indexes are not built yet.

use crate::node::NodeId;

/// The first bits of a hash choose a part of the table. Parts grow one at a time, so that growing needs no
/// second table, and what is looked up together is near if its hashes begin alike.
const SHARD_BITS: u32 = 10;

/// The bits of a slot that are the node. The others are a tag: a part of the hash.
const NODE_BITS: u32 = 22;

/// Nodes by the hash of what is looked up, with open addressing. Different things may have the same
/// hash: who asks compares them.
#[derive(Debug)]
pub(super) struct NodeTable<const BYTES: usize> {
    shards: Vec<Shard<BYTES>>,
    used: usize,
    limit: usize,
}

/// For [`NodeTable`]: the hash of an id, whose bits are not all alike good.
pub(super) fn spread(id_hash: u64) -> u64 {
    id_hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// For [`NodeTable`]: the hash of a name in a folder. It begins as the folder's, whose items come together.
pub(super) fn place_hash(folder: NodeId, name_key: i64) -> u64 {
    let folder = spread(folder.cast_unsigned());
    let rest = spread(folder.rotate_left(32) ^ name_key.cast_unsigned());
    let shard = u64::MAX << (u64::BITS - SHARD_BITS);
    folder & shard | rest & !shard
}

/// Ids are spread evenly over the shards, so short tags tell them apart: of a million, one in a few hundred
/// looks like another one.
pub(super) type IdTable = NodeTable<5>;

/// All names of a folder are in one shard, and a folder may be large.
pub(super) type NameTable = NodeTable<6>;

/// A free slot, and what it is for. It is free until something else is inserted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vacancy {
    shard: usize,
    at: usize,
    bits: u64,
}

#[derive(Debug, Default)]
struct Shard<const BYTES: usize> {
    slots: Vec<[u8; BYTES]>,
    used: usize,
}

impl<const BYTES: usize> NodeTable<BYTES> {
    /// For as many nodes.
    pub(super) fn with_limit(limit: usize) -> Self {
        let mut shards = Vec::new();
        shards.resize_with(1 << SHARD_BITS, Shard::default);
        Self {
            shards,
            used: 0,
            limit,
        }
    }

    /// False if the table is full.
    pub(super) fn insert(&mut self, hash: u64, node: NodeId) -> bool {
        let Some(slot) = self.slot(hash, node) else {
            return false;
        };
        let free = self.shards[slot.shard].free(slot.bits);
        self.occupy(Vacancy { at: free, ..slot });
        true
    }

    /// The place for a node whose hash is new. None if it is not, or if the table is full.
    pub(super) fn vacancy(&mut self, hash: u64, node: NodeId) -> Option<Vacancy> {
        let mut vacancy = self.slot(hash, node)?;
        let (slots, mut at) = (&self.shards[vacancy.shard].slots, vacancy.at);
        while slots[at] != Shard::FREE {
            if (bits(slots[at]) ^ vacancy.bits) >> NODE_BITS == 0 {
                return None;
            }
            at = next(at, slots.len());
        }
        vacancy.at = at;
        Some(vacancy)
    }

    pub(super) fn occupy(&mut self, vacancy: Vacancy) {
        let shard = &mut self.shards[vacancy.shard];
        shard.slots[vacancy.at].copy_from_slice(&vacancy.bits.to_le_bytes()[..BYTES]);
        shard.used += 1;
        self.used += 1;
    }

    /// Where the search for a hash begins, after making room for it. None if the table is full.
    fn slot(&mut self, hash: u64, node: NodeId) -> Option<Vacancy> {
        if self.used >= self.limit || node >= 1 << NODE_BITS {
            return None;
        }
        let (shard, tag) = Self::split(hash);
        let slots = &mut self.shards[shard];
        slots.make_room();
        Some(Vacancy {
            shard,
            at: slots.first(tag),
            bits: tag << NODE_BITS | node.cast_unsigned(),
        })
    }

    /// Brings the places of hashes into the processor's cache: many at once take little longer than one.
    pub(super) fn touch(&self, hashes: impl Iterator<Item = u64>) {
        let touched = hashes.fold(0, |touched, hash| {
            let (shard, tag) = Self::split(hash);
            let shard = &self.shards[shard];
            let slot = shard.slots.get(shard.first(tag));
            touched ^ slot.map_or(0, |slot| slot[0])
        });
        std::hint::black_box(touched);
    }

    /// The shard, and what a slot keeps of the hash.
    fn split(hash: u64) -> (usize, u64) {
        let shard = usize::try_from(hash >> (u64::BITS - SHARD_BITS)).unwrap_or_default();
        (
            shard,
            hash << SHARD_BITS >> (u64::BITS - Shard::<BYTES>::TAG_BITS),
        )
    }

    /// The nodes that may be the one with this hash.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = NodeId> {
        let (shard, tag) = Self::split(hash);
        self.shards[shard].find(tag)
    }
}

impl<const BYTES: usize> Shard<BYTES> {
    const FREE: [u8; BYTES] = [0; BYTES];
    const TAG_BITS: u32 = match BYTES {
        5 => 18,
        6 => 26,
        _ => panic!("a slot has a node and a tag"),
    };

    fn make_room(&mut self) {
        if self.used * 4 < self.slots.len() * 3 {
            return;
        }
        let larger = self.slots.len() * 5 / 4 + 8;
        let old = std::mem::replace(&mut self.slots, vec![Self::FREE; larger]);
        for slot in old.into_iter().filter(|slot| *slot != Self::FREE) {
            let free = self.free(bits(slot));
            self.slots[free] = slot;
        }
    }

    fn free(&self, slot: u64) -> usize {
        let mut at = self.first(slot >> NODE_BITS);
        while self.slots[at] != Self::FREE {
            at = next(at, self.slots.len());
        }
        at
    }

    fn find(&self, tag: u64) -> impl Iterator<Item = NodeId> {
        let first = self.first(tag);
        let (before, after) = self.slots.split_at(first);
        after
            .iter()
            .chain(before)
            .take_while(|slot| **slot != Self::FREE)
            .map(|slot| bits(*slot))
            .filter(move |bits| bits >> NODE_BITS == tag)
            .map(|bits| (bits & ((1 << NODE_BITS) - 1)).cast_signed())
    }

    /// Where the search begins.
    fn first(&self, tag: u64) -> usize {
        let slots = u64::try_from(self.slots.len()).unwrap_or_default();
        usize::try_from((tag * slots) >> Self::TAG_BITS).unwrap_or_default()
    }
}

fn next(at: usize, slots: usize) -> usize {
    if at + 1 == slots { 0 } else { at + 1 }
}

fn bits<const BYTES: usize>(slot: [u8; BYTES]) -> u64 {
    let mut bytes = [0; 8];
    bytes[..BYTES].copy_from_slice(&slot);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found_after_growth() {
        // With the shorter tags, one in ten thousand has that of another one.
        assert!(strangers_after_growth::<5>() < 10);
        assert!(strangers_after_growth::<6>() < 3);
    }

    /// How many of 20,000 others look like one of 20,000 that were inserted.
    fn strangers_after_growth<const BYTES: usize>() -> usize {
        let mut table = NodeTable::<BYTES>::with_limit(1 << 20);
        let hash = |number: i64| spread(number.cast_unsigned());
        for number in 1..20_000 {
            assert!(table.insert(hash(number), number));
        }
        for number in 1..20_000 {
            assert!(table.find(hash(number)).any(|node| node == number));
            assert!(table.vacancy(hash(number), number).is_none());
        }
        let strangers =
            (20_000..40_000).filter(|number| table.find(hash(*number)).next().is_some());
        strangers.count()
    }

    #[test]
    fn few_names_of_a_large_folder_look_alike() {
        let mut table = NameTable::with_limit(1 << 20);
        let names = (0..100_000_u64).map(spread);
        let mut alike = 0;
        for (node, name) in (1..).zip(names) {
            match table.vacancy(place_hash(7, crate::paths::key(name)), node) {
                Some(vacancy) => table.occupy(vacancy),
                None => alike += 1,
            }
        }
        assert!(alike < 200, "{alike}");
    }

    #[test]
    fn a_full_table_takes_no_more() {
        let mut table = IdTable::with_limit(2);
        let [one, two, three] = [1, 2, 3].map(spread);
        assert!(table.insert(one, 1));
        let vacancy = table.vacancy(two, 2).unwrap();
        table.occupy(vacancy);
        assert!(!table.insert(three, 3) && table.vacancy(three, 3).is_none());
        assert_eq!(table.find(two).next(), Some(2));
    }

    #[test]
    fn a_number_that_is_too_large_is_refused() {
        let mut table = IdTable::with_limit(1 << 20);
        assert!(table.insert(7, (1 << NODE_BITS) - 1));
        assert!(!table.insert(8, 1 << NODE_BITS));
        assert_eq!(table.find(7).next(), Some((1 << NODE_BITS) - 1));
    }
}
