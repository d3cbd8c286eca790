//! Random decisions that are the same in every run with the same seed.

use crate::drive::fnv;

/// `SplitMix64`: small, and good enough for a test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Random(u64);

impl Random {
    /// `stream` separates the decisions of one place from those of all others, so that one more
    /// decision here does not change what happens there.
    pub(crate) fn new(seed: u64, stream: &str) -> Self {
        let (high, low) = uuid::Uuid::from_u128(fnv(stream.as_bytes())).as_u64_pair();
        let mut random = Self(seed ^ high);
        Self(random.next() ^ low)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        const STEPS: u32 = u32::MAX;
        let [.., a, b, c, d] = self.next().to_be_bytes();
        let number = f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(STEPS) + 1.0);
        number < probability
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.next() % bound).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_decisions() {
        let decisions = |seed, stream| {
            let mut random = Random::new(seed, stream);
            (0..64).map(|_| random.chance(0.5)).collect::<Vec<_>>()
        };
        assert_eq!(decisions(1, "a"), decisions(1, "a"));
        assert_ne!(decisions(1, "a"), decisions(2, "a"));
        assert_ne!(decisions(1, "a"), decisions(1, "b"));
    }

    #[test]
    fn a_probability_is_about_right() {
        let mut random = Random::new(1, "");
        let mut count = |probability| (0..10_000).filter(|_| random.chance(probability)).count();
        assert_eq!((count(0.0), count(1.0)), (0, 10_000));
        assert!((2_300..2_700).contains(&count(0.25)));
        assert!((0..100).all(|_| random.below(3) < 3));
        assert_eq!(random.below(0), 0);
    }
}
