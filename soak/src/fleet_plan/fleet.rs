//! The workers and their store.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use drivebell_store::{CheckpointStore, FleetView, MemoryStore, Ownership, partition_of};

use super::figures::Counts;
use super::worker::{Lives, Worker};

/// How many seconds old a worker's list may be.
const LAG: usize = 3;

/// For how long nothing may be written, so that the fleet is at rest.
const REST: u32 = 15;

/// After how many seconds it should be.
const PATIENCE: u32 = 300;

struct Listed {
    second: u32,
    /// How many writes came before.
    writes: usize,
    records: Vec<Ownership>,
}

pub(super) struct Fleet {
    random: fastrand::Rng,
    store: MemoryStore,
    /// The weights.
    partitions: BTreeMap<String, u64>,
    workers: Vec<Worker>,
    now: u32,
    lists: VecDeque<Listed>,
    joined: usize,
    counts: Counts,
    writes: usize,
    /// What has moved from one live worker to another.
    moved: u64,
    planned: Duration,
    plans: u32,
}

impl Fleet {
    pub(super) fn new(drives: u32, partitions: u32, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut weights: BTreeMap<String, u64> = (0..partitions)
            .map(|number| (format!("p{number:04}"), 0))
            .collect();
        for drive in 0..drives {
            let weight = if random.u32(..10) == 0 {
                random.u64(10..=50)
            } else {
                1
            };
            *weights
                .entry(partition_of(&format!("drive-{drive}"), partitions))
                .or_default() += weight;
        }
        Self {
            random,
            store: MemoryStore::new(),
            partitions: weights,
            workers: Vec::new(),
            now: 0,
            lists: VecDeque::new(),
            joined: 0,
            counts: Counts::default(),
            writes: 0,
            moved: 0,
            planned: Duration::ZERO,
            plans: 0,
        }
    }

    pub(super) fn join(&mut self) {
        self.joined += 1;
        self.workers
            .push(Worker::new(self.joined, self.now, &mut self.random));
    }

    /// Kills one, and returns what it had.
    pub(super) async fn kill_one(&mut self) -> Result<u64, String> {
        let victim = self.pick();
        self.workers[victim].died = Some(self.now);
        self.workers[victim].releasing.clear();
        self.load(&self.workers[victim].id).await
    }

    /// Lets one leave, and returns what it had.
    pub(super) async fn drain_one(&mut self) -> Result<u64, String> {
        let leaver = self.pick();
        self.workers[leaver].drains = Some(self.now);
        self.load(&self.workers[leaver].id).await
    }

    fn pick(&mut self) -> usize {
        let able: Vec<usize> = (0..self.workers.len())
            .filter(|worker| self.workers[*worker].takes())
            .collect();
        able[self.random.usize(..able.len())]
    }

    /// One comes, goes or dies, now and then, so that there are about `usual` of them.
    pub(super) async fn random_event(&mut self, usual: usize) -> Result<(), String> {
        let able = self.workers.iter().filter(|worker| worker.takes()).count();
        match self.random.u32(..20) {
            0 | 1 if able < usual * 2 => self.join(),
            2 if able > usual.div_ceil(2) => drop(self.kill_one().await?),
            3 if able > usual.div_ceil(2) => drop(self.drain_one().await?),
            _ => {}
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Ownership>, String> {
        self.store
            .list_ownership()
            .await
            .map_err(|error| error.to_string())
    }

    async fn load(&self, worker: &str) -> Result<u64, String> {
        let records = self.list().await?;
        Ok(records
            .iter()
            .filter(|record| record.owner == worker)
            .map(|record| record.weight)
            .sum())
    }

    /// Runs until nothing moves, and returns after how many seconds that was.
    pub(super) async fn rest(&mut self) -> Result<f64, String> {
        let begun = self.now;
        let (mut last, mut writes) = (self.now, self.writes);
        while self.now - last < REST {
            self.second().await?;
            if self.writes != writes {
                (last, writes) = (self.now, self.writes);
            }
            if self.now - begun > PATIENCE {
                return Err(format!("after {PATIENCE} s partitions still move"));
            }
        }
        Ok(f64::from(last - begun))
    }

    /// Each worker acts once.
    pub(super) async fn second(&mut self) -> Result<(), String> {
        self.now += 1;
        let list = Listed {
            second: self.now,
            writes: self.writes,
            records: self.list().await?,
        };
        self.lists.push_front(list);
        self.lists.truncate(LAG + 1);
        let before = self.counts.written + self.counts.refused;
        let mut order: Vec<usize> = (0..self.workers.len())
            .filter(|worker| self.workers[*worker].lives())
            .collect();
        self.random.shuffle(&mut order);
        for worker in order {
            self.act(worker).await?;
        }
        let written = self.counts.written + self.counts.refused - before;
        self.counts.peak = self.counts.peak.max(written);
        Ok(())
    }

    async fn act(&mut self, actor: usize) -> Result<(), String> {
        // What it has written itself, it knows.
        let wrote = self.workers[actor].wrote;
        let recent = self
            .lists
            .iter()
            .take_while(|list| list.second > wrote)
            .count();
        let list = &self.lists[self.random.usize(..recent.max(1))];
        let mut lives = Lives::default();
        for worker in &self.workers {
            worker.seen_by(&self.workers[actor], list.second, &mut lives);
        }
        let me = self.workers[actor].id.clone();
        let mut claims = Vec::new();
        let state = Some((list.writes, lives));
        if let Some((_, lives)) = &state
            && self.workers[actor].idle_at != state
        {
            let view = FleetView {
                me: &me,
                ownership: &list.records,
                workers: &lives.0,
                silent: &lives.1,
                partitions: &self.partitions,
            };
            let begun = Instant::now();
            let plan = view.plan();
            self.planned += begun.elapsed();
            self.plans += 1;
            let is_idle = plan.claim.is_empty() && plan.hand_over.is_empty();
            claims = self.workers[actor].begin(plan, self.now, &mut self.random);
            self.workers[actor].idle_at = state.filter(|_| is_idle);
        }

        let known: HashMap<&str, &Ownership> = list
            .records
            .iter()
            .map(|record| (record.partition.as_str(), record))
            .collect();
        let record = |partition: &String, owner: &str| {
            let known = known.get(partition.as_str());
            Ownership {
                partition: partition.clone(),
                owner: owner.to_owned(),
                epoch: known.map_or(1, |known| known.epoch + 1),
                weight: self.partitions[partition],
                revision: known.and_then(|known| known.revision.clone()),
            }
        };
        let claims: Vec<Ownership> = claims
            .iter()
            .map(|partition| record(partition, &me))
            .collect();
        let released = self.workers[actor].released(self.now);
        let released: Vec<Ownership> = released
            .iter()
            .map(|(partition, to)| record(partition, to))
            .collect();
        if !claims.is_empty() || !released.is_empty() {
            self.workers[actor].wrote = self.now;
        }
        self.write(&claims).await?;
        self.moved += self.write(&released).await?;
        self.leave_if_done(actor).await
    }

    /// Returns the weight of what was written.
    async fn write(&mut self, records: &[Ownership]) -> Result<u64, String> {
        if records.is_empty() {
            return Ok(0);
        }
        let written = self
            .store
            .claim_ownership(records)
            .await
            .map_err(|error| error.to_string())?;
        self.writes += written.len();
        self.counts.written += written.len();
        self.counts.refused += records.len() - written.len();
        Ok(written.iter().map(|record| record.weight).sum())
    }

    async fn leave_if_done(&mut self, worker: usize) -> Result<(), String> {
        if self.workers[worker].drains.is_some() && self.load(&self.workers[worker].id).await? == 0
        {
            self.workers[worker].left = Some(self.now + 1);
        }
        Ok(())
    }

    fn total(&self) -> u64 {
        self.partitions.values().sum()
    }

    fn fair(&self) -> f64 {
        let able = self.workers.iter().filter(|worker| worker.takes()).count();
        as_f64(self.total()) / as_f64(able as u64)
    }

    /// How far the load of any worker is from its fair share.
    pub(super) async fn imbalance(&self) -> Result<f64, String> {
        let mut loads: HashMap<String, u64> = HashMap::new();
        for record in self.list().await? {
            *loads.entry(record.owner).or_default() += record.weight;
        }
        let able = self.workers.iter().filter(|worker| worker.takes());
        let loads: Vec<u64> = able
            .map(|worker| loads.remove(&worker.id).unwrap_or_default())
            .collect();
        let owned: u64 = loads.iter().sum();
        if owned != self.total() {
            return Err("at rest, somebody who is not there owns partitions".to_owned());
        }
        let fair = self.fair();
        Ok(loads
            .into_iter()
            .map(|load| (as_f64(load) / fair - 1.0).abs())
            .fold(0.0, f64::max))
    }

    /// What has moved since the last time, compared with a fair share.
    pub(super) fn moved_of_fair(&mut self) -> f64 {
        as_f64(std::mem::take(&mut self.moved)) / self.fair()
    }

    /// What has moved since the last time, compared with a load.
    pub(super) fn moved_of(&mut self, load: u64) -> f64 {
        as_f64(std::mem::take(&mut self.moved)) / as_f64(load)
    }

    pub(super) fn take_counts(&mut self) -> Counts {
        self.moved = 0;
        std::mem::take(&mut self.counts)
    }

    /// How long a plan takes on average.
    pub(super) fn planning(&self) -> Duration {
        self.planned / self.plans.max(1)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the weights of a simulation are small"
)]
fn as_f64(number: u64) -> f64 {
    number as f64
}
