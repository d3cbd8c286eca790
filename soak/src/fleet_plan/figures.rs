//! What is measured.

use std::time::Duration;

/// What is measured several times.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Share {
    pub(super) most: f64,
    sum: f64,
    count: u32,
}

impl Share {
    pub(super) fn add(&mut self, share: f64) {
        self.most = self.most.max(share);
        self.sum += share;
        self.count += 1;
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum / f64::from(self.count.max(1))
    }
}

/// Writes to the store.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) written: usize,
    pub(super) refused: usize,
    /// The most in one second, refused ones too.
    pub(super) peak: usize,
}

impl Counts {
    pub(super) fn most(self, other: Self) -> Self {
        if self.peak > other.peak { self } else { other }
    }
}

#[derive(Debug, Default)]
pub(super) struct Figures {
    /// How far the load of any worker is from its fair share.
    pub(super) balance: Share,
    /// What moves when a worker joins, compared with its fair share.
    pub(super) joined: Share,
    /// What moves when a worker leaves, compared with what it had.
    pub(super) left: Share,
    /// What moves from one live worker to another when a third one dies, compared with what that one had.
    pub(super) died: Share,
    /// Seconds until nothing moves.
    pub(super) rest: Share,
    pub(super) first_claims: Counts,
    pub(super) joining: Counts,
    pub(super) dying: Counts,
    pub(super) storm: Counts,
    pub(super) planning: Duration,
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
