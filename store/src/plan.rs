use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::Ownership;
use crate::balance::Balance;

/// What one worker sees of the fleet, from which it knows what to do.
///
/// Each worker computes the plan of the whole fleet, and does only its own part. Those that see the same
/// compute the same, so that they need no leader and seldom claim the same partition. Those that see
/// something older do no harm: a claim is a compare-and-swap, and a plan that was carried out in part
/// leads to itself.
#[derive(Debug, Clone, Copy)]
pub struct FleetView<'a> {
    /// The id of the worker that asks.
    pub me: &'a str,
    /// The records as the store lists them. Those of partitions that are not in `partitions` are
    /// ignored, such as the workers' own.
    pub ownership: &'a [Ownership],
    /// The workers that are alive, the one that asks too, and their capacities: how much each takes
    /// compared with the others. One of capacity 0 is draining: it takes nothing, and hands over all
    /// that it has. More than 2³² counts as that.
    pub workers: &'a BTreeMap<String, u64>,
    /// Those of the workers that have shown no life for so long that they may be dead. They keep what they
    /// have and get nothing, so that the partitions of two that die together do not wait for each other,
    /// and a draining worker hands nothing over to one that is gone.
    pub silent: &'a BTreeSet<String>,
    /// All partitions, and what following each costs. It counts only for a partition without a live
    /// owner. For another it is the owner who knows, so the record counts, and all workers reckon with
    /// the same. 0 counts as 1, and more than 2⁴⁰ as that.
    pub partitions: &'a BTreeMap<String, u64>,
}

/// What one worker has to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Partitions without a live owner that this worker is to claim, in the order of their names.
    pub claim: Vec<String>,
    /// Partitions of this worker that it is to hand over, and to whom, in the order of their names.
    pub hand_over: Vec<(String, String)>,
}

impl FleetView<'_> {
    /// What this worker has to do. Nothing, if it is not among those that are alive.
    ///
    /// - Partitions without a live owner, and those of draining workers, are divided so that the load of
    ///   each worker comes near its fair share, which is proportional to its capacity.
    /// - Another partition moves only if its owner has more than 8 % too much, or if the worker that
    ///   gets it has more than 8 % too little. So a new worker gets about its fair share, the death of
    ///   one moves only its own partitions, and a fleet in which nothing happens rests.
    /// - If no other worker can take them, a draining worker keeps its partitions.
    /// - A load within 10 % of the fair share is not possible if partitions are too heavy: a worker stays
    ///   above or below it if its lightest partition weighs more than that.
    pub fn plan(&self) -> Plan {
        let takes = |id: &str| id == self.me || !self.silent.contains(id);
        let able: Vec<(&str, u64)> = self
            .workers
            .iter()
            .filter(|(_, capacity)| **capacity > 0)
            .map(|(id, capacity)| (id.as_str(), *capacity))
            .collect();
        if !self.workers.contains_key(self.me) || !able.iter().any(|(id, _)| takes(id)) {
            return Plan::default();
        }
        let indices: HashMap<&str, usize> = able
            .iter()
            .enumerate()
            .map(|(index, (id, _))| (*id, index))
            .collect();
        let records: HashMap<&str, &Ownership> = self
            .ownership
            .iter()
            .filter(|record| self.workers.contains_key(&record.owner))
            .map(|record| (record.partition.as_str(), record))
            .collect();

        let mut balance = Balance::new(able.iter().map(|(id, capacity)| (*capacity, takes(id))));
        for (partition, known) in self.partitions {
            let record = records.get(partition.as_str());
            let owner = record.and_then(|record| indices.get(record.owner.as_str()));
            balance.add(
                record.map_or(*known, |record| record.weight),
                owner.copied(),
            );
        }
        let owners = balance.settle();

        let mut plan = Plan::default();
        for (partition, next) in self.partitions.keys().zip(owners) {
            let next = able[next].0;
            match records.get(partition.as_str()) {
                None if next == self.me => plan.claim.push(partition.clone()),
                Some(record) if record.owner == self.me && next != self.me => {
                    plan.hand_over.push((partition.clone(), next.to_owned()));
                }
                _ => {}
            }
        }
        plan
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
