//! The drives of the whole fleet, by partition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivebell_store::{
    Follower, LeaseKeeper, number_of_partition, partition_name, partition_number,
};
use tokio::time::{Instant, sleep_until};

use super::host::FleetHost;
use crate::budget::Budgets;
use crate::drives::{Drive, DriveEvent, DriveEvents};

/// What one drive costs, in the unit of weights. What happens in it comes on top.
pub(super) const DRIVE_WEIGHT: u64 = 10;

/// Drives that are added one after another are told at once.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// Which drives are in which partition.
pub(super) struct Roster {
    partitions: u32,
    budgets: Budgets,
    /// The keys of each partition, by its number.
    keys: Mutex<Vec<BTreeSet<Box<str>>>>,
    /// What is known about the cost of the partitions of this worker, on top of their drives.
    busy: Mutex<BTreeMap<Arc<str>, u64>>,
}

impl Roster {
    pub(super) fn new(partitions: u32, budgets: Budgets) -> Self {
        Self {
            partitions,
            budgets,
            keys: Mutex::new(vec![BTreeSet::new(); partitions as usize]),
            busy: Mutex::default(),
        }
    }

    /// The keys of a partition.
    pub(super) fn keys(&self, partition: &str) -> BTreeSet<Box<str>> {
        let number = number_of_partition(partition);
        let keys = self.lock();
        let keys = number.and_then(|number| keys.get(number as usize));
        keys.cloned().unwrap_or_default()
    }

    /// What following each partition costs.
    pub(super) fn weights(&self) -> BTreeMap<String, u64> {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        (0..)
            .zip(&*self.lock())
            .map(|(number, keys)| {
                let name = partition_name(number);
                let busy = busy.get(name.as_str()).copied().unwrap_or_default();
                (name, DRIVE_WEIGHT * keys.len() as u64 + busy)
            })
            .collect()
    }

    /// Takes what the partitions of this worker cost on top of their drives.
    pub(super) fn set_busy(&self, busy: BTreeMap<Arc<str>, u64>) {
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = busy;
    }

    /// A drive is there, or is another one now. Returns its partition.
    fn put(&self, key: &str, drive: &Drive) -> String {
        let number = partition_number(key, self.partitions);
        self.budgets
            .drive_added(key, &drive.tenant, &drive.user, number);
        self.lock()[number as usize].insert(key.into());
        partition_name(number)
    }

    /// A drive is there no more. Returns its partition.
    fn take(&self, key: &str) -> String {
        let number = partition_number(key, self.partitions);
        self.budgets.drive_removed(key);
        self.lock()[number as usize].remove(key);
        partition_name(number)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<BTreeSet<Box<str>>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the drives that are there at the beginning. Returns when all are known.
pub(super) async fn fill(roster: &Roster, events: &mut DriveEvents) {
    while let Some(event) = events.next().await {
        match event {
            DriveEvent::Added { key, drive } | DriveEvent::Changed { key, drive } => {
                roster.put(&key, &drive);
            }
            DriveEvent::Removed { key } => {
                roster.take(&key);
            }
            // The list has said so.
            DriveEvent::Invalid { .. } => {}
            DriveEvent::Listed => return,
        }
    }
}

/// Follows what is added, changed and removed, for ever.
pub(super) async fn follow(
    roster: Arc<Roster>,
    mut events: DriveEvents,
    keeper: Arc<LeaseKeeper>,
    follower: Arc<Follower<FleetHost>>,
) {
    let mut due: Option<Instant> = None;
    loop {
        let soon = due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
        let event = tokio::select! {
            event = events.next() => event,
            () = sleep_until(soon), if due.is_some() => {
                due = None;
                keeper.set_partitions(roster.weights());
                continue;
            }
        };
        match event {
            None => return,
            Some(DriveEvent::Listed) => continue,
            Some(DriveEvent::Added { key, drive } | DriveEvent::Changed { key, drive }) => {
                follower.retry(&roster.put(&key, &drive), &key);
            }
            Some(DriveEvent::Removed { key } | DriveEvent::Invalid { key, .. }) => {
                follower.refresh(&roster.take(&key));
            }
        }
        due.get_or_insert_with(|| Instant::now() + DEBOUNCE);
    }
}
