//! The task that keeps the leases of a worker.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::lease::{Lease, LeaseChange, LeaseOptions, LeaseView};
use super::liveness::{Liveness, WORKER_PREFIX};
use crate::{CheckpointStore, Ownership, StoreError};

/// How often a worker shows that it lives, in a lease time.
const BEATS: u32 = 4;

/// Changes of others that come together are listed once.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

pub(super) enum Command {
    Partitions(BTreeMap<String, u64>),
    Released(Lease),
    Fenced(Lease, Option<u64>),
    Drain,
    Close,
    Abandon,
}

pub(super) struct Task {
    pub(super) store: Arc<dyn CheckpointStore>,
    pub(super) id: Arc<str>,
    pub(super) interval: Duration,
    pub(super) lease_time: Duration,
    pub(super) capacity: u64,
    pub(super) changes: mpsc::UnboundedSender<LeaseChange>,
    pub(super) show: watch::Sender<LeaseView>,
    pub(super) weights: BTreeMap<String, u64>,
    /// It was told which partitions there are.
    pub(super) knows_partitions: bool,
    /// What the store has listed, with this worker's own writes since. By partition.
    pub(super) records: HashMap<Arc<str>, Ownership>,
    /// The records of workers, by id.
    pub(super) workers: HashMap<String, Ownership>,
    pub(super) liveness: Liveness,
    pub(super) mine: HashMap<Arc<str>, Held>,
    /// The partitions of which this worker was told that there is a later lease, and the highest epoch that
    /// is known of it.
    pub(super) fenced: HashMap<Arc<str>, u64>,
    /// The revision of this worker's own record.
    pub(super) beat: Option<Ownership>,
    pub(super) beat_due: Instant,
    /// Whether it may claim: not before those that started with it have shown themselves.
    pub(super) claims_from: Instant,
    pub(super) phase: Phase,
    pub(super) store_away: bool,
}

/// What a worker is about. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    TakesPart,
    /// It hands over what others can take.
    Drains,
    /// It hands over everything, and ends.
    Leaves,
}

/// A partition that this worker has.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) epoch: u64,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Followed,
    /// It was asked to stop following it; then the other one gets it.
    Releasing(String),
    /// It follows it no longer.
    Released(String),
}

impl Task {
    pub(super) fn new(
        store: Arc<dyn CheckpointStore>,
        id: Arc<str>,
        options: &LeaseOptions,
        changes: mpsc::UnboundedSender<LeaseChange>,
        show: watch::Sender<LeaseView>,
    ) -> Self {
        let interval = options.lease_time / BEATS;
        Self {
            store,
            id,
            interval,
            lease_time: options.lease_time,
            capacity: options.capacity,
            changes,
            show,
            weights: BTreeMap::new(),
            knows_partitions: false,
            records: HashMap::new(),
            workers: HashMap::new(),
            liveness: Liveness::new(options.lease_time, interval),
            mine: HashMap::new(),
            fenced: HashMap::new(),
            beat: None,
            beat_due: Instant::now(),
            claims_from: Instant::now() + interval,
            phase: Phase::TakesPart,
            store_away: false,
        }
    }

    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let store = Arc::clone(&self.store);
        let mut changed = store.ownership_changed();
        let mut has_changed = false;
        let mut next = Instant::now();
        loop {
            tokio::select! {
                biased;
                command = commands.recv() => {
                    let Some(command) = command else { return };
                    if self.take(command).is_break() {
                        return;
                    }
                    while let Ok(command) = commands.try_recv() {
                        if self.take(command).is_break() {
                            return;
                        }
                    }
                    if let Err(error) = self.write_released().await {
                        self.store_is_away(&error);
                    }
                    next = next.min(Instant::now() + SHORTEST_WAIT);
                    continue;
                }
                () = sleep_until(next) => {}
                () = &mut changed, if !has_changed => {
                    has_changed = true;
                    next = next.min(Instant::now() + SHORTEST_WAIT);
                    continue;
                }
            }
            if std::mem::take(&mut has_changed) {
                // Before the list, so that no change after it is missed.
                changed = store.ownership_changed();
            }
            match self.round().await {
                Ok(ControlFlow::Break(())) => {
                    commands.close();
                    return;
                }
                Ok(ControlFlow::Continue(())) => self.store_is_back(),
                Err(error) => self.store_is_away(&error),
            }
            next = Instant::now() + self.interval / 2;
        }
    }

    /// One of the store's calls, which must not take longer than a lease.
    pub(super) async fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        timeout(self.lease_time, call).await.unwrap_or_else(|_| {
            let text = format!("the store did not answer within {:?}", self.lease_time);
            Err(StoreError::new(text))
        })
    }

    /// One round. Breaks when this worker has left.
    async fn round(&mut self) -> Result<ControlFlow<()>, StoreError> {
        self.show_life().await?;
        self.list().await?;
        self.compare();
        if self.phase == Phase::Leaves && self.mine.is_empty() {
            self.leave().await?;
            return Ok(ControlFlow::Break(()));
        }
        self.rebalance().await?;
        self.bury_the_dead().await?;
        self.show_view();
        Ok(ControlFlow::Continue(()))
    }

    fn take(&mut self, command: Command) -> ControlFlow<()> {
        match command {
            Command::Partitions(weights) => {
                if weights.is_empty() != self.weights.is_empty() {
                    self.beat_due = Instant::now();
                }
                self.weights = weights;
                self.knows_partitions = true;
            }
            Command::Released(lease) => {
                if let Some(held) = self.held(&lease)
                    && let Stage::Releasing(to) = &held.stage
                {
                    held.stage = Stage::Released(to.clone());
                }
            }
            Command::Fenced(lease, newer) => {
                if self.held(&lease).is_some() {
                    self.lose(&lease.partition);
                    let newer = newer.unwrap_or_default().max(lease.epoch);
                    self.fenced.insert(lease.partition, newer);
                }
            }
            Command::Drain => self.phase = self.phase.max(Phase::Drains),
            Command::Close => self.phase = Phase::Leaves,
            Command::Abandon => return ControlFlow::Break(()),
        }
        // The others must know at once that this worker takes nothing.
        if self.phase > Phase::TakesPart {
            self.beat_due = Instant::now();
        }
        ControlFlow::Continue(())
    }

    fn held(&mut self, lease: &Lease) -> Option<&mut Held> {
        let held = self.mine.get_mut(&lease.partition);
        held.filter(|held| held.epoch == lease.epoch)
    }

    pub(super) fn gain(&mut self, partition: Arc<str>, epoch: u64) {
        let stage = Stage::Followed;
        self.mine
            .insert(Arc::clone(&partition), Held { epoch, stage });
        self.tell(LeaseChange::Gained(Lease { partition, epoch }));
    }

    pub(super) fn lose(&mut self, partition: &Arc<str>) {
        if let Some(held) = self.mine.remove(partition) {
            self.show.send_modify(|view| view.lost += 1);
            tracing::warn!(
                partition = &**partition,
                epoch = held.epoch,
                "another worker has taken a partition from this one"
            );
            self.tell(LeaseChange::Lost(Lease {
                partition: Arc::clone(partition),
                epoch: held.epoch,
            }));
        }
    }

    pub(super) fn tell(&self, change: LeaseChange) {
        // Nobody listens any more when the program ends.
        let _ = self.changes.send(change);
    }

    pub(super) fn worker_partition(id: &str) -> String {
        format!("{WORKER_PREFIX}{id}")
    }

    fn store_is_away(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.store_away, true) {
            tracing::warn!(%error, "the checkpoint store is away: this worker keeps what it has, and tries again");
        }
    }

    fn store_is_back(&mut self) {
        if std::mem::take(&mut self.store_away) {
            tracing::info!("the checkpoint store is back");
        }
    }
}
