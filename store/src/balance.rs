//! Which worker has which partition, so that all have their fair share and little moves. By numbers: the
//! names are those of [`FleetView`](crate::FleetView).

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

/// Thousandths of its fair share that a worker's load may differ from it before other partitions than
/// loose ones move.
const HYSTERESIS: u128 = 80;

/// Thousandths of its fair share by which a worker that gives may fall below it.
const SLACK: u128 = 25;

/// Thousandths of the fair share by which a move that overfills its taker must lower the higher load of
/// the two.
const GAIN: u128 = 20;

/// Weights are counted in such parts, so that shares of a few light partitions are exact enough.
const UNIT: u128 = 1 << 20;

const HEAVIEST: u64 = 1 << 40;

type Load = u128;

/// A partition in the order of its weight.
type Weighed = (Load, usize);

#[derive(Debug)]
struct Worker {
    capacity: u128,
    /// Whether it gets anything.
    takes: bool,
    load: Load,
    fair: Load,
    partitions: BTreeSet<Weighed>,
}

impl Worker {
    /// The share of it, in thousandths.
    fn of_fair(&self, thousandths: u128) -> Load {
        self.fair * thousandths / 1000
    }

    fn lacks_much(&self) -> bool {
        self.takes && self.load < self.of_fair(1000 - HYSTERESIS)
    }

    fn has_far_too_much(&self) -> bool {
        self.load > self.of_fair(1000 + HYSTERESIS)
    }

    fn room(&self) -> Load {
        self.fair.saturating_sub(self.load)
    }

    fn dispensable(&self) -> Load {
        self.load.saturating_sub(self.of_fair(1000 - SLACK))
    }

    /// Its heaviest partition that weighs no more than that.
    fn heaviest(&self, limit: Load) -> Option<Weighed> {
        self.partitions
            .range(..=(limit, usize::MAX))
            .next_back()
            .copied()
    }
}

/// A worker in the order of its load by its capacity.
#[derive(Debug, Clone, Copy)]
struct Rank {
    load: Load,
    capacity: u128,
    worker: usize,
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mine, others) = (self.load * other.capacity, other.load * self.capacity);
        mine.cmp(&others).then(self.worker.cmp(&other.worker))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

/// The workers, at least one, and the partitions that were added.
#[derive(Debug)]
pub(crate) struct Balance {
    workers: Vec<Worker>,
    /// All workers, the one with the lowest load first.
    ranks: BTreeSet<Rank>,
    /// The owner of each partition.
    owners: Vec<usize>,
    /// Partitions without an owner that is to keep them.
    loose: Vec<Weighed>,
}

impl Balance {
    /// Workers of these capacities, which are not 0, and whether each gets anything. At least one does.
    pub(crate) fn new(workers: impl Iterator<Item = (u64, bool)>) -> Self {
        let workers = workers.map(|(capacity, takes)| Worker {
            capacity: u128::from(capacity.min(1 << 32)),
            takes,
            load: 0,
            fair: 0,
            partitions: BTreeSet::new(),
        });
        Self {
            workers: workers.collect(),
            ranks: BTreeSet::new(),
            owners: Vec::new(),
            loose: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, weight: u64, owner: Option<usize>) {
        let weighed = (
            u128::from(weight.clamp(1, HEAVIEST)) * UNIT,
            self.owners.len(),
        );
        self.owners.push(owner.unwrap_or_default());
        match owner {
            Some(owner) => self.put(weighed, owner),
            None => self.loose.push(weighed),
        }
    }

    /// Moves what must move, and tells the owner of each partition, in the order in which they were added.
    ///
    /// It comes to rest when it is applied to its own result: every move but that of a loose partition
    /// lowers the higher load of two workers, by capacity, and leaves the lower one below that.
    pub(crate) fn settle(mut self) -> Vec<usize> {
        self.share_out();
        self.divide_loose();
        self.ranks = (0..self.workers.len())
            .map(|worker| self.rank(worker))
            .collect();
        self.fill();
        self.shed();
        self.owners
    }

    /// Computes the fair shares.
    fn share_out(&mut self) {
        let loads = self.workers.iter().map(|worker| worker.load);
        let total: Load = loads
            .chain(self.loose.iter().map(|(weight, _)| *weight))
            .sum();
        let capacity: u128 = self.workers.iter().map(|worker| worker.capacity).sum();
        for worker in &mut self.workers {
            worker.fair = total * worker.capacity / capacity;
        }
    }

    /// Gives each loose partition, the heaviest first, to the worker that has the lowest load with it, by
    /// capacity.
    fn divide_loose(&mut self) {
        let mut loose = std::mem::take(&mut self.loose);
        loose.sort_unstable_by_key(|(weight, partition)| (Reverse(*weight), *partition));
        // Among workers of one capacity it is the one with the lowest load without it.
        let mut by_capacity: BTreeMap<u128, BTreeSet<(Load, usize)>> = BTreeMap::new();
        let takers = self
            .workers
            .iter()
            .enumerate()
            .filter(|(_, worker)| worker.takes);
        for (index, worker) in takers {
            let peers = by_capacity.entry(worker.capacity).or_default();
            peers.insert((worker.load, index));
        }
        for weighed in loose {
            let lowest = by_capacity.values_mut().filter_map(|peers| {
                let (load, worker) = *peers.first()?;
                let (load, capacity) = (load + weighed.0, self.workers[worker].capacity);
                Some((
                    Rank {
                        load,
                        capacity,
                        worker,
                    },
                    peers,
                ))
            });
            if let Some((rank, peers)) = lowest.min_by_key(|(rank, _)| *rank) {
                peers.pop_first();
                peers.insert((rank.load, rank.worker));
                self.put(weighed, rank.worker);
            }
        }
    }

    /// Fills up those that have far too little, from those that have more than their share.
    fn fill(&mut self) {
        let lacking = |rank: &&Rank| self.workers[rank.worker].lacks_much();
        let mut takers: BTreeSet<Rank> = self.ranks.iter().filter(lacking).copied().collect();
        while let Some(Rank { worker: taker, .. }) = takers.pop_first() {
            let gift = self
                .fitting_from_any(taker)
                .or_else(|| self.gain_from_any(taker));
            if let Some((giver, weighed)) = gift {
                self.transfer(weighed, giver, taker);
                takers.insert(self.rank(taker));
            }
        }
    }

    /// Relieves those that have far too much.
    fn shed(&mut self) {
        let laden = |rank: &&Rank| self.workers[rank.worker].has_far_too_much();
        let givers: Vec<Rank> = self.ranks.iter().rev().filter(laden).copied().collect();
        for Rank { worker: giver, .. } in givers {
            while let Some((taker, weighed)) = self
                .fitting_for_any(giver)
                .or_else(|| self.gain_for_any(giver))
            {
                self.transfer(weighed, giver, taker);
            }
        }
    }

    /// The heaviest partition that overfills nobody, of the one with the highest load that has such.
    fn fitting_from_any(&self, taker: usize) -> Option<(usize, Weighed)> {
        let room = self.workers[taker].room();
        self.givers().find_map(|giver| {
            let weighed = self.workers[giver].heaviest(room.min(self.workers[giver].dispensable()));
            Some((giver, weighed?))
        })
    }

    fn fitting_for_any(&self, giver: usize) -> Option<(usize, Weighed)> {
        let from = &self.workers[giver];
        if from.load <= from.fair {
            return None;
        }
        let mut takers = self
            .takers()
            .take_while(|taker| self.workers[*taker].room() > 0);
        takers.find_map(|taker| {
            let weighed = from.heaviest(self.workers[taker].room().min(from.dispensable()));
            Some((taker, weighed?))
        })
    }

    /// What overfills somebody, and is better than what is.
    fn gain_from_any(&self, taker: usize) -> Option<(usize, Weighed)> {
        let lacks = self.workers[taker].lacks_much();
        let mut givers = self.givers().filter(|_| lacks);
        givers.find_map(|giver| Some((giver, self.gain(giver, taker)?)))
    }

    fn gain_for_any(&self, giver: usize) -> Option<(usize, Weighed)> {
        let laden = self.workers[giver].has_far_too_much();
        let mut takers = self.takers().take_while(|taker| laden && *taker != giver);
        takers.find_map(|taker| Some((taker, self.gain(giver, taker)?)))
    }

    fn gain(&self, giver: usize, taker: usize) -> Option<Weighed> {
        let (from, to) = (&self.workers[giver], &self.workers[taker]);
        let lightest = *from.partitions.first()?;
        let bound = from.load.checked_sub(from.of_fair(GAIN))?;
        ((to.load + lightest.0) * from.capacity < bound * to.capacity).then_some(lightest)
    }

    /// Those with more than their share, the one with the highest load first.
    fn givers(&self) -> impl Iterator<Item = usize> {
        let all = self.ranks.iter().rev().map(|rank| rank.worker);
        all.take_while(|giver| self.workers[*giver].load > self.workers[*giver].fair)
    }

    /// Those that may get something, the one with the lowest load first.
    fn takers(&self) -> impl Iterator<Item = usize> {
        let all = self.ranks.iter().map(|rank| rank.worker);
        all.filter(|taker| self.workers[*taker].takes)
    }

    fn transfer(&mut self, weighed: Weighed, giver: usize, taker: usize) {
        for worker in [giver, taker] {
            self.ranks.remove(&self.rank(worker));
        }
        self.workers[giver].load -= weighed.0;
        self.workers[giver].partitions.remove(&weighed);
        self.put(weighed, taker);
        for worker in [giver, taker] {
            self.ranks.insert(self.rank(worker));
        }
    }

    fn put(&mut self, weighed: Weighed, worker: usize) {
        self.workers[worker].load += weighed.0;
        self.workers[worker].partitions.insert(weighed);
        self.owners[weighed.1] = worker;
    }

    fn rank(&self, worker: usize) -> Rank {
        let Worker { capacity, load, .. } = self.workers[worker];
        Rank {
            load,
            capacity,
            worker,
        }
    }
}
