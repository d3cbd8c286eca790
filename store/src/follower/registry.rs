//! The drives that this worker follows.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{ChangesMember, ChangesState, ChangesStats, Error};
use tokio::sync::OwnedSemaphorePermit;

use super::hold::Hold;
use super::host::{DriveSource, FollowedDrive};
use crate::{Checkpoint, Lease};

/// A drive that is followed, under a lease.
pub(super) struct Followed<F> {
    pub(super) key: Arc<str>,
    pub(super) source: DriveSource,
    pub(super) hold: Arc<Hold>,
    pub(super) fence: F,
    /// Its checkpoint as it is stored. Held while a batch is delivered, so one waits for the other.
    pub(super) checkpoint: tokio::sync::Mutex<Checkpoint>,
    /// A batch was not done, so that no later one may move the checkpoint.
    pub(super) abandoned: AtomicBool,
}

/// What a drive that this worker owns does.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DriveState {
    /// Its checkpoint is being taken.
    Starting,
    /// It is followed.
    Followed(ChangesState),
    /// Graph or its credential refuses it, or its entry is wrong. It is tried again.
    Refused(Error),
}

/// A drive that this worker owns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DriveStatus {
    /// Its name in the store.
    pub key: Arc<str>,
    /// The lease under which it is followed.
    pub lease: Lease,
    /// What it does.
    pub state: DriveState,
    /// The counts of its stream, since this worker follows it.
    pub stats: ChangesStats,
    /// What it is. `None` if its entry is wrong.
    pub source: Option<DriveSource>,
}

/// A drive in the registry.
pub(super) struct Entry {
    pub(super) drive: FollowedDrive,
    pub(super) lease: Lease,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    Starting,
    Followed(ChangesMember),
    Refused(Error),
}

/// By partition and name, and by member of the set.
pub(super) struct Registry<F> {
    inner: Mutex<Inner<F>>,
}

pub(super) struct Inner<F> {
    /// Those of a partition for themselves: a worker takes thousands of partitions one by one.
    partitions: HashMap<Arc<str>, Entries>,
    pub(super) members: HashMap<ChangesMember, Arc<Followed<F>>>,
}

/// The drives of a partition by name.
type Entries = HashMap<Arc<str>, Entry>;

impl<F> Default for Registry<F> {
    fn default() -> Self {
        let inner = Inner {
            partitions: HashMap::new(),
            members: HashMap::new(),
        };
        Self {
            inner: Mutex::new(inner),
        }
    }
}

impl<F> Registry<F> {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner<F>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The drive of a member, and a permit that keeps its partition until the batch is done. `None` if it
    /// is not followed any more.
    pub(super) fn begin(
        &self,
        member: &ChangesMember,
    ) -> Option<(Arc<Followed<F>>, OwnedSemaphorePermit)> {
        let inner = self.lock();
        let followed = Arc::clone(inner.members.get(member)?);
        let permit = followed.hold.begin()?;
        Some((followed, permit))
    }

    /// The stream of a member has ended.
    pub(super) fn refuse(&self, member: &ChangesMember, error: Error) {
        let mut inner = self.lock();
        if let Some(followed) = inner.members.remove(member) {
            inner.refuse(&followed, error);
        }
    }

    /// The partitions of drives that hand out nothing any more.
    pub(super) fn deaf_partitions(&self) -> BTreeSet<Arc<str>> {
        let inner = self.lock();
        let partitions = inner.partitions.iter();
        partitions
            .filter(|(_, entries)| entries.values().any(|entry| inner.is_deaf(entry)))
            .map(|(partition, _)| Arc::clone(partition))
            .collect()
    }

    pub(super) fn status(&self) -> Vec<DriveStatus> {
        let inner = self.lock();
        let drives = inner.partitions.values().flat_map(HashMap::values);
        drives.map(Entry::status).collect()
    }
}

impl<F> Inner<F> {
    /// The drives of a partition.
    pub(super) fn entries(&self, partition: &str) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.partitions.get(partition).into_iter().flatten()
    }

    /// What changes the drives of a partition.
    pub(super) fn entries_mut(&mut self, partition: &Arc<str>) -> &mut Entries {
        self.partitions.entry(Arc::clone(partition)).or_default()
    }

    /// A drive that is followed, if its partition still has it.
    pub(super) fn entry_mut(&mut self, followed: &Followed<F>) -> Option<&mut Entry> {
        let entries = self.partitions.get_mut(&followed.hold.lease.partition);
        entries?.get_mut(&followed.key)
    }

    /// Takes a drive out of its partition.
    pub(super) fn remove(&mut self, partition: &str, key: &str) -> Option<Entry> {
        let entries = self.partitions.get_mut(partition)?;
        let removed = entries.remove(key);
        if entries.is_empty() {
            self.partitions.remove(partition);
        }
        removed
    }

    /// Whether its stream hands out nothing any more: a batch was abandoned, or its client was closed.
    pub(super) fn is_deaf(&self, entry: &Entry) -> bool {
        let Stage::Followed(member) = &entry.stage else {
            return false;
        };
        let is_abandoned = self
            .members
            .get(member)
            .is_some_and(|followed| followed.abandoned.load(Ordering::Relaxed));
        is_abandoned || member.state() == ChangesState::Closed
    }

    pub(super) fn refuse(&mut self, followed: &Followed<F>, error: Error) {
        if let Some(entry) = self.entry_mut(followed) {
            entry.stage = Stage::Refused(error);
        }
    }
}

impl Entry {
    fn status(&self) -> DriveStatus {
        let mut status = DriveStatus {
            key: Arc::clone(&self.drive.key),
            lease: self.lease.clone(),
            source: self.drive.source.as_ref().ok().cloned(),
            state: DriveState::Starting,
            stats: ChangesStats::default(),
        };
        match &self.stage {
            Stage::Starting => {}
            Stage::Followed(member) => {
                status.state = DriveState::Followed(member.state());
                status.stats = member.stats();
            }
            Stage::Refused(error) => status.state = DriveState::Refused(error.clone()),
        }
        status
    }
}

impl<F> fmt::Debug for Followed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed")
            .field("key", &self.key)
            .field("lease", &self.hold.lease)
            .finish_non_exhaustive()
    }
}
