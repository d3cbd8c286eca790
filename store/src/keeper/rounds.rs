//! The steps of a round: show that this worker lives, list, compare, and do this worker's part of the plan.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::time::Instant;

use super::lease::{Lease, LeaseChange, WorkerLoad};
use super::liveness::WORKER_PREFIX;
use super::task::{Phase, Stage, Task};
use crate::plan::{FleetView, Plan};
use crate::{Ownership, StoreError};

/// How many weights a worker corrects in one round.
const MOST_CORRECTIONS: usize = 256;

impl Task {
    /// Renews the record of this worker, if that is due.
    pub(super) async fn show_life(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        if now < self.beat_due {
            return Ok(());
        }
        let record = Ownership {
            partition: Self::worker_partition(&self.id),
            owner: self.id.to_string(),
            epoch: self.beat.as_ref().map_or(1, |beat| beat.epoch),
            weight: self.takes(),
            revision: self.beat.as_ref().and_then(|beat| beat.revision.clone()),
        };
        let written = self.ask(self.store.claim_ownership(&[record])).await?;
        // Otherwise the others took this worker for dead. The list that follows has the revision.
        if let Some(beat) = written.into_iter().next() {
            self.beat = Some(beat);
            self.beat_due = now + self.interval;
        }
        Ok(())
    }

    pub(super) async fn list(&mut self) -> Result<(), StoreError> {
        let records = self.ask(self.store.list_ownership()).await?;
        self.liveness.observe(&records, Instant::now());
        let mut workers = HashMap::new();
        self.records.clear();
        for record in records {
            if let Some(id) = record.partition.strip_prefix(WORKER_PREFIX) {
                workers.insert(id.to_owned(), record);
            } else {
                let partition = Arc::from(record.partition.as_str());
                self.records.insert(partition, record);
            }
        }
        self.beat = workers.get(&*self.id).cloned();
        self.workers = workers;
        Ok(())
    }

    /// Finds out what this worker has got from others, and what they have taken from it.
    pub(super) fn compare(&mut self) {
        let mine = self.mine.keys().cloned().collect::<Vec<_>>();
        for partition in mine {
            let record = self.records.get(&partition);
            let held = &self.mine[&partition];
            let still =
                record.is_some_and(|record| record.owner == *self.id && record.epoch == held.epoch);
            if still {
                continue;
            }
            if matches!(held.stage, Stage::Released(_)) {
                self.mine.remove(&partition);
            } else {
                self.lose(&partition);
            }
        }
        let gained = self
            .records
            .iter()
            .filter(|(partition, record)| {
                let is_fenced = self
                    .fenced
                    .get(*partition)
                    .is_some_and(|newer| *newer >= record.epoch);
                record.owner == *self.id && !self.mine.contains_key(*partition) && !is_fenced
            })
            .map(|(partition, record)| (Arc::clone(partition), record.epoch))
            .collect::<Vec<_>>();
        self.show
            .send_modify(|view| view.received += gained.len() as u64);
        for (partition, epoch) in gained {
            self.gain(partition, epoch);
        }
    }

    /// Claims what is this worker's part, and begins to hand over what is too much.
    pub(super) async fn rebalance(&mut self) -> Result<(), StoreError> {
        if Instant::now() < self.claims_from && self.phase < Phase::Leaves {
            return Ok(());
        }
        let Plan {
            mut claim,
            hand_over,
        } = self.plan();
        claim.extend(self.claimed_in_vain());
        if !claim.is_empty() {
            self.claim(&claim).await?;
        }
        for (partition, to) in hand_over {
            self.ask_to_release(&partition, to);
        }
        for partition in self.followed() {
            let is_unknown = self.knows_partitions && !self.weights.contains_key(&*partition);
            if self.phase == Phase::Leaves || is_unknown {
                self.ask_to_release(&partition, String::new());
            }
        }
        // Nobody gets what was meant for a worker that has died.
        for held in self.mine.values_mut() {
            if let Stage::Releasing(to) | Stage::Released(to) = &mut held.stage
                && !to.is_empty()
                && !self.liveness.is_live(to)
            {
                to.clear();
            }
        }
        self.correct_weights().await?;
        self.write_released().await
    }

    /// What the store says is this worker's, while a later lease has refused its writes: the store has lost
    /// records. Others are forgotten.
    fn claimed_in_vain(&mut self) -> Vec<String> {
        let records = &self.records;
        let id = &self.id;
        self.fenced.retain(|partition, newer| {
            records
                .get(partition)
                .is_some_and(|record| record.owner == **id && record.epoch <= *newer)
        });
        self.fenced.keys().map(ToString::to_string).collect()
    }

    /// How much it takes compared with the others. One that knows no partitions could follow none.
    fn takes(&self) -> u64 {
        let is_idle = self.knows_partitions && self.weights.is_empty();
        if self.phase > Phase::TakesPart || is_idle {
            0
        } else {
            self.capacity
        }
    }

    fn plan(&self) -> Plan {
        let mut workers = self.liveness.live();
        let capacity = self.takes();
        workers.insert(self.id.to_string(), capacity);
        let ownership = self.records.values().cloned().collect::<Vec<_>>();
        FleetView {
            me: &self.id,
            ownership: &ownership,
            workers: &workers,
            silent: &self.liveness.silent(),
            partitions: &self.weights,
        }
        .plan()
    }

    async fn claim(&mut self, partitions: &[String]) -> Result<(), StoreError> {
        let claims = partitions
            .iter()
            .map(|partition| {
                let known = self.records.get(partition.as_str());
                let newer = self.fenced.get(partition.as_str());
                let above = newer.map_or(0, |newer| newer + 1);
                Ownership {
                    partition: partition.clone(),
                    owner: self.id.to_string(),
                    epoch: known.map_or(1, |record| record.epoch + 1).max(above),
                    weight: self.weights.get(partition).copied().unwrap_or_default(),
                    revision: known.and_then(|record| record.revision.clone()),
                }
            })
            .collect::<Vec<_>>();
        let written = self.ask(self.store.claim_ownership(&claims)).await?;
        self.show
            .send_modify(|view| view.claimed += written.len() as u64);
        for record in written {
            let partition: Arc<str> = Arc::from(record.partition.as_str());
            let epoch = record.epoch;
            self.records.insert(Arc::clone(&partition), record);
            self.gain(partition, epoch);
        }
        Ok(())
    }

    fn followed(&self) -> Vec<Arc<str>> {
        let followed = self.mine.iter();
        followed
            .filter(|(_, held)| held.stage == Stage::Followed)
            .map(|(partition, _)| Arc::clone(partition))
            .collect()
    }

    fn ask_to_release(&mut self, partition: &str, to: String) {
        let Some((partition, _)) = self.mine.get_key_value(partition) else {
            return;
        };
        let partition = Arc::clone(partition);
        let Some(held) = self.mine.get_mut(&partition) else {
            return;
        };
        if held.stage != Stage::Followed {
            return;
        }
        held.stage = Stage::Releasing(to);
        let epoch = held.epoch;
        self.tell(LeaseChange::Release(Lease { partition, epoch }));
    }

    /// Gives what is not followed any more to its next owners.
    pub(super) async fn write_released(&mut self) -> Result<(), StoreError> {
        let released = self
            .mine
            .iter()
            .filter_map(|(partition, held)| {
                let Stage::Released(to) = &held.stage else {
                    return None;
                };
                let record = self.records.get(partition)?;
                Some(Ownership {
                    owner: to.clone(),
                    epoch: record.epoch + 1,
                    ..record.clone()
                })
            })
            .collect::<Vec<_>>();
        if released.is_empty() {
            return Ok(());
        }
        let written = self.ask(self.store.claim_ownership(&released)).await?;
        self.show
            .send_modify(|view| view.handed_over += written.len() as u64);
        for record in written {
            let partition: Arc<str> = Arc::from(record.partition.as_str());
            self.mine.remove(&partition);
            self.records.insert(partition, record);
        }
        Ok(())
    }

    /// The others plan with the weight in the record.
    async fn correct_weights(&mut self) -> Result<(), StoreError> {
        let corrected = self
            .mine
            .iter()
            .filter(|(_, held)| held.stage == Stage::Followed)
            .filter_map(|(partition, _)| {
                let weight = *self.weights.get(&**partition)?;
                let record = self.records.get(partition)?;
                differs_much(weight, record.weight).then(|| Ownership {
                    weight,
                    ..record.clone()
                })
            })
            .take(MOST_CORRECTIONS)
            .collect::<Vec<_>>();
        if corrected.is_empty() {
            return Ok(());
        }
        let written = self.ask(self.store.claim_ownership(&corrected)).await?;
        for record in written {
            self.records
                .insert(Arc::from(record.partition.as_str()), record);
        }
        Ok(())
    }

    /// Removes the record of a worker that has died, once nothing is in its name.
    pub(super) async fn bury_the_dead(&mut self) -> Result<(), StoreError> {
        let live = self.liveness.live();
        let is_first = live.keys().next().is_some_and(|first| **first == *self.id);
        if !is_first {
            return Ok(());
        }
        let dead = self
            .liveness
            .dead()
            .filter(|id| !self.records.values().any(|record| record.owner == **id))
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>();
        // As they were when they were found dead: one that has woken up meanwhile stays.
        let buried = dead
            .iter()
            .filter_map(|id| self.workers.get(id))
            .map(|record| Ownership {
                owner: String::new(),
                ..record.clone()
            })
            .collect::<Vec<_>>();
        if buried.is_empty() {
            return Ok(());
        }
        self.ask(self.store.claim_ownership(&buried)).await?;
        Ok(())
    }

    /// Leaves for good, so that nobody waits for this worker.
    pub(super) async fn leave(&mut self) -> Result<(), StoreError> {
        let Some(beat) = self.beat.take() else {
            return Ok(());
        };
        let gone = Ownership {
            owner: String::new(),
            ..beat
        };
        self.ask(self.store.claim_ownership(&[gone])).await?;
        Ok(())
    }

    pub(super) fn show_view(&self) {
        let mut loads: BTreeMap<String, WorkerLoad> = BTreeMap::new();
        for (id, capacity) in self.liveness.live() {
            let load = WorkerLoad {
                id: id.clone(),
                capacity,
                partitions: 0,
                weight: 0,
            };
            loads.insert(id, load);
        }
        let mut unowned = 0;
        for partition in self.weights.keys() {
            let record = self.records.get(partition.as_str());
            match record.and_then(|record| loads.get_mut(&record.owner)) {
                Some(load) => {
                    load.partitions += 1;
                    load.weight += self.weight_of(partition);
                }
                None => unowned += 1,
            }
        }
        self.show.send_modify(|view| {
            view.workers = loads.into_values().collect();
            view.unowned = unowned;
            view.owned = self.mine.len();
            view.listed = self.liveness.listed();
        });
    }

    /// What the owner says that it costs, else what this worker knows.
    fn weight_of(&self, partition: &str) -> u64 {
        let known = self.weights.get(partition).copied().unwrap_or_default();
        if self.mine.contains_key(partition) {
            return known;
        }
        let said = self.records.get(partition).map(|record| record.weight);
        said.filter(|weight| *weight > 0).unwrap_or(known)
    }
}

fn differs_much(weight: u64, before: u64) -> bool {
    let (small, large) = (weight.min(before), weight.max(before));
    large > small + small / 4 && large > small + 4
}
