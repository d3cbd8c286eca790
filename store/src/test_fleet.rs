//! A fleet without processes: what its store and its clocks would tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::{FleetView, Ownership, Plan};

/// More rounds than any fleet needs until it rests.
pub(crate) const ROUNDS: usize = 60;

#[derive(Debug, Clone, Default)]
pub(crate) struct Fleet {
    pub(crate) workers: BTreeMap<String, u64>,
    pub(crate) silent: BTreeSet<String>,
    pub(crate) partitions: BTreeMap<String, u64>,
    pub(crate) records: BTreeMap<String, Ownership>,
    pub(crate) writes: u64,
    pub(crate) refused: u64,
    /// The weight of all that went from one live owner to another.
    pub(crate) moved: u64,
    /// The weight of all that was claimed.
    pub(crate) claimed: u64,
}

impl Fleet {
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>, workers: usize) -> Self {
        let weights = weights.into_iter().enumerate();
        let mut fleet = Self {
            partitions: weights
                .map(|(at, weight)| (format!("p{at:04}"), weight))
                .collect(),
            ..Self::default()
        };
        for number in 0..workers {
            fleet.join(number);
        }
        fleet
    }

    pub(crate) fn join(&mut self, number: usize) {
        self.workers.insert(format!("w{number:03}"), 100);
    }

    pub(crate) fn list(&self) -> Vec<Ownership> {
        self.records.values().cloned().collect()
    }

    pub(crate) fn plan(&self, me: &str, ownership: &[Ownership]) -> Plan {
        let view = FleetView {
            me,
            ownership,
            workers: &self.workers,
            silent: &self.silent,
            partitions: &self.partitions,
        };
        view.plan()
    }

    /// Carries out the plan of a worker that has seen `list`.
    pub(crate) fn act(&mut self, me: &str, plan: &Plan, list: &[Ownership]) {
        let seen: BTreeMap<&str, &Ownership> = list
            .iter()
            .map(|record| (record.partition.as_str(), record))
            .collect();
        for partition in &plan.claim {
            let weight = self.partitions[partition];
            if self.write(seen.get(partition.as_str()).copied(), partition, me, weight) {
                self.claimed = self.claimed.saturating_add(weight.max(1));
            }
        }
        for (partition, to) in &plan.hand_over {
            let weight = self.partitions[partition];
            if self.write(seen.get(partition.as_str()).copied(), partition, to, weight) {
                self.moved = self.moved.saturating_add(weight.max(1));
            }
        }
    }

    pub(crate) fn write(
        &mut self,
        seen: Option<&Ownership>,
        partition: &str,
        owner: &str,
        weight: u64,
    ) -> bool {
        if self.records.get(partition) != seen {
            self.refused += 1;
            return false;
        }
        self.writes += 1;
        let record = Ownership {
            partition: partition.to_owned(),
            owner: owner.to_owned(),
            epoch: seen.map_or(1, |seen| seen.epoch + 1),
            weight,
            revision: Some(self.writes.to_string()),
        };
        self.records.insert(partition.to_owned(), record);
        true
    }

    /// All workers act on the same list.
    pub(crate) fn round(&mut self) -> bool {
        let list = self.list();
        let ids: Vec<String> = self.workers.keys().cloned().collect();
        let plans: Vec<Plan> = ids.iter().map(|id| self.plan(id, &list)).collect();
        for (id, plan) in ids.iter().zip(&plans) {
            self.act(id, plan, &list);
        }
        plans.iter().any(|plan| *plan != Plan::default())
    }

    /// Returns how many rounds something happened in.
    pub(crate) fn settle(&mut self) -> usize {
        let rounds = (0..ROUNDS).take_while(|_| self.round()).count();
        assert!(rounds < ROUNDS, "it does not come to rest");
        rounds
    }

    pub(crate) fn owner(&self, partition: &str) -> &str {
        self.records
            .get(partition)
            .map_or("", |record| &record.owner)
    }

    pub(crate) fn load(&self, worker: &str) -> u64 {
        self.weights(worker).sum()
    }

    pub(crate) fn weights(&self, worker: &str) -> impl Iterator<Item = u64> {
        let owned = self
            .records
            .values()
            .filter(move |record| record.owner == worker);
        owned.map(|record| record.weight.max(1))
    }

    pub(crate) fn total(&self) -> u64 {
        self.partitions
            .values()
            .map(|weight| (*weight).max(1))
            .sum()
    }

    pub(crate) fn fair(&self, worker: &str) -> f64 {
        let capacity: u64 = self.workers.values().sum();
        as_f64(self.total()) * as_f64(self.workers[worker]) / as_f64(capacity)
    }

    /// The largest distance of a load from its fair share.
    pub(crate) fn imbalance(&self) -> f64 {
        let all = self.workers.keys().filter(|id| self.workers[*id] > 0);
        let apart = all.map(|id| (as_f64(self.load(id)) / self.fair(id) - 1.0).abs());
        apart.fold(0.0, f64::max)
    }

    pub(crate) fn assert_balanced(&self) {
        assert!(self.imbalance() <= 0.1, "{}", self.imbalance());
    }

    pub(crate) fn kill(&mut self, id: &str) -> BTreeSet<String> {
        self.workers.remove(id).expect("a worker that lives");
        let orphans = self.records.values().filter(|record| record.owner == id);
        orphans.map(|record| record.partition.clone()).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "weights of tests are small")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}

/// Drives hashed into partitions. One in ten costs much more than the others.
pub(crate) fn hashed(drives: u32, partitions: u32) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(u64::from(drives ^ partitions));
    let mut weights = BTreeMap::new();
    for drive in 0..drives {
        let partition = crate::partition_of(&format!("drive-{drive}"), partitions);
        let weight = if random.u32(..10) == 0 {
            random.u64(10..50)
        } else {
            random.u64(1..4)
        };
        *weights.entry(partition).or_default() += weight;
    }
    weights.into_values().collect()
}
