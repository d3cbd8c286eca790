use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drivebell::{ChangesMembers, ChangesSet, MemberBatch};
use futures_util::StreamExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval};

use super::hold::Hold;
use super::host::Host;
use super::lanes::{Lanes, Parcel};
use super::partition;
use super::registry::{DriveStatus, Registry};
use crate::{CheckpointStore, Lease, LeaseChange, LeaseKeeper};

/// How often it is checked that no drive's stream has ended by itself.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How a [`Follower`] works.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FollowerOptions {
    /// How many batches are delivered at the same time. Default: 32.
    pub deliveries: usize,
    /// How many partitions are taken at the same time. Default: 32.
    pub takeovers: usize,
    /// After what time a drive that was refused is tried again. Default: 5 minutes.
    pub refused_retry: Duration,
}

impl Default for FollowerOptions {
    fn default() -> Self {
        Self {
            deliveries: 32,
            takeovers: 32,
            refused_retry: Duration::from_secs(300),
        }
    }
}

/// Follows the drives of the partitions that this worker owns, and moves their checkpoints.
///
/// A drive is followed only after its checkpoint was taken under the lease, so that no earlier owner can
/// move it any more.
pub struct Follower<H: Host> {
    shared: Arc<Shared<H>>,
}

pub(super) struct Shared<H: Host> {
    pub(super) host: Arc<H>,
    pub(super) store: Arc<dyn CheckpointStore>,
    pub(super) keeper: Arc<LeaseKeeper>,
    pub(super) members: ChangesMembers,
    pub(super) registry: Registry<H::Fence>,
    pub(super) takeovers: Semaphore,
    pub(super) options: FollowerOptions,
    partitions: Mutex<HashMap<Arc<str>, Running>>,
}

struct Running {
    hold: Arc<Hold>,
    orders: mpsc::UnboundedSender<Order>,
}

/// To the task of a partition.
pub(super) enum Order {
    /// The host's drives have changed.
    Refresh,
    /// A drive of the host has changed: if it was refused, that may be over.
    Retry(Arc<str>),
    Release,
}

impl<H: Host> Follower<H> {
    /// Starts to follow what `leases` says, with the streams of `set`, which should be empty.
    ///
    /// Must be called within a tokio runtime.
    pub fn start(
        host: Arc<H>,
        store: Arc<dyn CheckpointStore>,
        set: ChangesSet,
        keeper: Arc<LeaseKeeper>,
        leases: mpsc::UnboundedReceiver<LeaseChange>,
        options: FollowerOptions,
    ) -> Self {
        let shared = Arc::new(Shared {
            host,
            store,
            keeper,
            members: set.members().clone(),
            registry: Registry::default(),
            takeovers: Semaphore::new(options.takeovers.max(1)),
            partitions: Mutex::default(),
            options,
        });
        tokio::spawn(obey(Arc::clone(&shared), leases));
        let lanes = Lanes::start(&shared, shared.options.deliveries);
        tokio::spawn(dispatch(Arc::clone(&shared), set, lanes));
        Self { shared }
    }

    /// Asks the host again for the drives of a partition, which have changed.
    pub fn refresh(&self, partition: &str) {
        self.shared.refresh(partition);
    }

    /// Like [`refresh`](Self::refresh), when this drive is what has changed. If it was refused, it is tried
    /// again at once.
    pub fn retry(&self, partition: &str, drive: &str) {
        if let Some(running) = self.shared.partitions().get(partition) {
            let _ = running.orders.send(Order::Retry(drive.into()));
        }
    }

    /// The drives that this worker owns, in no particular order.
    pub fn drives(&self) -> Vec<DriveStatus> {
        self.shared.registry.status()
    }

    /// For how long the oldest of the leases has not led to followed drives yet: the store, or what takes
    /// the batches, does not answer. `None` if this worker follows all that it owns.
    pub fn takes_for(&self) -> Option<Duration> {
        let partitions = self.shared.partitions();
        let taking = partitions.values();
        taking.filter_map(|running| running.hold.takes_for()).max()
    }

    /// Ends everything, and gives up what is under way. [Leave](LeaseKeeper::leave) first, so that what is
    /// followed goes to the others.
    pub fn start_close(&self) {
        self.shared.keeper.abandon();
        for running in self.shared.partitions().values() {
            running.hold.lose();
        }
        self.shared.members.start_close();
    }
}

impl<H: Host> Shared<H> {
    fn partitions(&self) -> std::sync::MutexGuard<'_, HashMap<Arc<str>, Running>> {
        self.partitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refresh(&self, partition: &str) {
        if let Some(running) = self.partitions().get(partition) {
            let _ = running.orders.send(Order::Refresh);
        }
    }

    fn gain(self: &Arc<Self>, lease: &Lease) {
        let (orders, received) = mpsc::unbounded_channel();
        let hold = Arc::new(Hold::new(lease.clone()));
        let running = Running {
            hold: Arc::clone(&hold),
            orders,
        };
        self.partitions()
            .insert(Arc::clone(&lease.partition), running);
        tokio::spawn(partition::run(Arc::clone(self), hold, received));
    }

    fn lose(&self, lease: &Lease) {
        let mut partitions = self.partitions();
        if let Some(running) = partitions.get(&lease.partition)
            && running.hold.lease == *lease
        {
            running.hold.lose();
            self.stop_all(&running.hold);
            partitions.remove(&lease.partition);
        }
    }

    fn release(&self, lease: &Lease) {
        match self.partitions().get(&lease.partition) {
            Some(running) if running.hold.lease == *lease => {
                let _ = running.orders.send(Order::Release);
            }
            _ => self.keeper.released(lease.clone()),
        }
    }

    /// The task of a partition has ended.
    pub(super) fn ended(&self, lease: &Lease) {
        let mut partitions = self.partitions();
        if partitions
            .get(&lease.partition)
            .is_some_and(|running| running.hold.lease == *lease)
        {
            partitions.remove(&lease.partition);
        }
    }
}

async fn obey<H: Host>(shared: Arc<Shared<H>>, mut leases: mpsc::UnboundedReceiver<LeaseChange>) {
    let mut checks = interval(CHECK_INTERVAL);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let change = tokio::select! {
            change = leases.recv() => change,
            _ = checks.tick() => {
                for partition in shared.registry.deaf_partitions() {
                    shared.refresh(&partition);
                }
                continue;
            }
        };
        match change {
            Some(LeaseChange::Gained(lease)) => shared.gain(&lease),
            Some(LeaseChange::Lost(lease)) => shared.lose(&lease),
            Some(LeaseChange::Release(lease)) => shared.release(&lease),
            None => return,
        }
    }
}

async fn dispatch<H: Host>(shared: Arc<Shared<H>>, mut set: ChangesSet, lanes: Lanes<H::Fence>) {
    while let Some(MemberBatch { member, batch, .. }) = set.next().await {
        let Some((followed, permit)) = shared.registry.begin(&member) else {
            continue;
        };
        match batch {
            Ok(batch) => {
                lanes
                    .send(Parcel {
                        followed,
                        batch,
                        permit,
                    })
                    .await;
            }
            Err(error) => {
                shared.registry.refuse(&member, error.clone());
                shared.host.refused(&followed.key, &error);
            }
        }
    }
    shared.host.ended();
}

impl<H: Host> fmt::Debug for Follower<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").finish_non_exhaustive()
    }
}
