//! One worker, as the others see it.

use std::collections::{BTreeMap, BTreeSet};

use drivebell_store::Plan;

/// How long a worker may be silent, in seconds, as in drivebell-store.
const LEASE: u32 = 8;

/// How often a worker shows that it lives.
const BEAT: u32 = LEASE / 4;

/// How long it takes at most until a partition is not followed any more, in seconds.
const SLOWEST_RELEASE: u32 = 5;

const CAPACITY: u64 = 100;

#[derive(Debug)]
pub(super) struct Worker {
    pub(super) id: String,
    /// The second in which it joined.
    joined: u32,
    pub(super) died: Option<u32>,
    /// The second in which it began to hand everything over.
    pub(super) drains: Option<u32>,
    /// The second in which its record went.
    pub(super) left: Option<u32>,
    /// The second in which it wrote to the store last.
    pub(super) wrote: u32,
    /// By how many seconds it finds out later than others that one is silent.
    pub(super) slowness: u32,
    /// Partitions that it stops following, to whom they go, and in which second.
    pub(super) releasing: BTreeMap<String, (String, u32)>,
    /// What it has planned with, if nothing was to do.
    pub(super) idle_at: Option<(usize, Lives)>,
}

/// The capacities of those that live, and those that are silent.
pub(super) type Lives = (BTreeMap<String, u64>, BTreeSet<String>);

impl Worker {
    pub(super) fn new(number: usize, now: u32, random: &mut fastrand::Rng) -> Self {
        Self {
            id: format!("w{number:04}-{:08x}", random.u32(..)),
            joined: now,
            died: None,
            drains: None,
            left: None,
            wrote: now,
            slowness: random.u32(..2),
            releasing: BTreeMap::new(),
            idle_at: None,
        }
    }

    pub(super) fn lives(&self) -> bool {
        self.died.is_none() && self.left.is_none()
    }

    pub(super) fn takes(&self) -> bool {
        self.lives() && self.drains.is_none()
    }

    /// Its capacity in the list of a second, if it is there.
    fn capacity(&self, listed: u32) -> Option<u64> {
        let is_before = |second: Option<u32>| second.is_none_or(|second| listed < second);
        let is_there = self.joined <= listed && is_before(self.left);
        is_there.then(|| if is_before(self.drains) { CAPACITY } else { 0 })
    }

    /// For how long it was silent in the list of a second.
    fn silence(&self, listed: u32) -> u32 {
        let last = self.died.map_or(listed, |died| listed.min(died));
        listed - (last - (last - self.joined) % BEAT)
    }

    /// Whether it is alive or silent for `observer`, who has the list of a second.
    pub(super) fn seen_by(&self, observer: &Self, listed: u32, lives: &mut Lives) {
        let Some(capacity) = self.capacity(listed) else {
            return;
        };
        let silence = self.silence(listed).saturating_sub(observer.slowness);
        if silence < LEASE || self.id == observer.id {
            lives.0.insert(self.id.clone(), capacity);
            if silence > LEASE / 2 {
                lives.1.insert(self.id.clone());
            }
        }
    }

    /// Begins to hand over, and returns what is to be claimed.
    pub(super) fn begin(
        &mut self,
        plan: Plan,
        now: u32,
        random: &mut fastrand::Rng,
    ) -> Vec<String> {
        for (partition, to) in plan.hand_over {
            self.releasing
                .entry(partition)
                .or_insert_with(|| (to, now + random.u32(..=SLOWEST_RELEASE)));
        }
        plan.claim
    }

    /// What it follows no longer, and to whom it goes.
    pub(super) fn released(&mut self, now: u32) -> Vec<(String, String)> {
        let done = self.releasing.iter().filter(|(_, (_, due))| *due <= now);
        let done: Vec<String> = done.map(|(partition, _)| partition.clone()).collect();
        let remove =
            |partition: String| Some((partition.clone(), self.releasing.remove(&partition)?.0));
        done.into_iter().filter_map(remove).collect()
    }
}
