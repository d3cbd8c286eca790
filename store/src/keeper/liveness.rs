//! Which workers live, without comparing the clocks of machines.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::Ownership;

/// The records of workers have partitions that begin so.
pub(crate) const WORKER_PREFIX: &str = "worker/";

/// A worker lives as long as its record gets new revisions.
///
/// Only time in which the records could be read counts: after the store was away, every worker gets the
/// chance to show that it lives.
#[derive(Debug)]
pub(crate) struct Liveness {
    lease_time: Duration,
    /// The longest time between two lists of which the whole counts.
    longest_step: Duration,
    listed: Option<Instant>,
    seen: HashMap<String, Seen>,
}

#[derive(Debug)]
struct Seen {
    revision: Option<String>,
    capacity: u64,
    silent: Duration,
}

impl Liveness {
    pub(crate) fn new(lease_time: Duration, interval: Duration) -> Self {
        Self {
            lease_time,
            longest_step: interval * 2,
            listed: None,
            seen: HashMap::new(),
        }
    }

    pub(crate) fn listed(&self) -> Option<Instant> {
        self.listed
    }

    /// Takes what was listed just now.
    pub(crate) fn observe<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Ownership>,
        now: Instant,
    ) {
        let step = self
            .listed
            .map_or(Duration::ZERO, |before| now - before)
            .min(self.longest_step);
        self.listed = Some(now);
        let mut before = std::mem::take(&mut self.seen);
        for record in records {
            let Some(id) = record.partition.strip_prefix(WORKER_PREFIX) else {
                continue;
            };
            if record.owner.is_empty() {
                continue;
            }
            let silent = match before.remove(id) {
                Some(seen) if seen.revision == record.revision => seen.silent + step,
                _ => Duration::ZERO,
            };
            let seen = Seen {
                revision: record.revision.clone(),
                capacity: record.weight,
                silent,
            };
            self.seen.insert(id.to_owned(), seen);
        }
    }

    /// The workers that live, with their capacities.
    pub(crate) fn live(&self) -> BTreeMap<String, u64> {
        let live = self.seen.iter();
        live.filter(|(_, seen)| seen.silent < self.lease_time)
            .map(|(id, seen)| (id.clone(), seen.capacity))
            .collect()
    }

    /// Those that live, as far as this worker knows, but should have shown it long ago.
    pub(crate) fn silent(&self) -> BTreeSet<String> {
        let silent = self.seen.iter();
        silent
            .filter(|(_, seen)| seen.silent > self.lease_time / 2)
            .map(|(id, _)| id.clone())
            .collect()
    }

    pub(crate) fn is_live(&self, id: &str) -> bool {
        let seen = self.seen.get(id);
        seen.is_some_and(|seen| seen.silent < self.lease_time)
    }

    /// The workers whose records are there and who do not live.
    pub(crate) fn dead(&self) -> impl Iterator<Item = &str> {
        let dead = self.seen.iter();
        dead.filter(|(_, seen)| seen.silent >= self.lease_time)
            .map(|(id, _)| id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, revision: u32) -> Ownership {
        Ownership {
            partition: format!("{WORKER_PREFIX}{id}"),
            owner: id.to_owned(),
            epoch: 1,
            weight: 100,
            revision: Some(revision.to_string()),
        }
    }

    fn liveness() -> Liveness {
        Liveness::new(Duration::from_secs(8), Duration::from_secs(2))
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_whose_record_stays_the_same_is_dead_after_the_lease_time() {
        let mut liveness = liveness();
        for second in 0..=10_u32 {
            let records = [record("quiet", 1), record("busy", second / 2)];
            liveness.observe(&records, Instant::now());
            assert!(liveness.is_live("busy"), "after {second} s");
            assert_eq!(liveness.is_live("quiet"), second < 8, "after {second} s");
            let silent = second > 4;
            assert_eq!(
                liveness.silent().contains("quiet"),
                silent,
                "after {second} s"
            );
            assert!(!liveness.silent().contains("busy"), "after {second} s");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(liveness.dead().collect::<Vec<_>>(), ["quiet"]);
        liveness.observe(&[record("quiet", 2)], Instant::now());
        assert_eq!(liveness.live().into_keys().collect::<Vec<_>>(), ["quiet"]);
    }

    #[tokio::test(start_paused = true)]
    async fn time_without_the_store_does_not_count() {
        let mut liveness = liveness();
        liveness.observe(&[record("a", 1)], Instant::now());
        tokio::time::advance(Duration::from_secs(3600)).await;
        liveness.observe(&[record("a", 1)], Instant::now());
        assert!(liveness.is_live("a"));
        for _ in 0..2 {
            tokio::time::advance(Duration::from_secs(2)).await;
            liveness.observe(&[record("a", 1)], Instant::now());
        }
        assert!(!liveness.is_live("a"), "8 s that were observed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_without_a_record_does_not_live() {
        let mut liveness = liveness();
        liveness.observe(&[record("a", 1)], Instant::now());
        liveness.observe(&[], Instant::now());
        assert!(!liveness.is_live("a"));
        let gone = Ownership {
            owner: String::new(),
            ..record("b", 1)
        };
        liveness.observe(&[gone], Instant::now());
        assert!(!liveness.is_live("b"));
    }
}
