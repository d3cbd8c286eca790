use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::{Checkpoint, CheckpointStore, Ownership, StoreFuture};

/// Keeps everything in this process: for tests, and for programs that are one process.
///
/// A clone shares what is stored, as the store of another worker does.
///
/// ```
/// use drivebell_store::{CheckpointStore, MemoryStore, Ownership};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new();
/// let claim = Ownership {
///     partition: "p0000".to_owned(),
///     owner: "worker-1".to_owned(),
///     epoch: 1,
///     weight: 0,
///     revision: None,
/// };
/// let claims = [claim];
/// assert_eq!(store.claim_ownership(&claims).await?.len(), 1);
/// // It exists now, so nobody creates it once more.
/// assert!(store.clone().claim_ownership(&claims).await?.is_empty());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    /// The generation of ownership that was listed with this handle.
    listed: AtomicU64,
}

#[derive(Debug)]
struct Shared {
    records: Mutex<Records>,
    /// Rises when an owner or a weight changes.
    generation: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Records {
    writes: u64,
    ownership: BTreeMap<String, Ownership>,
    /// By partition and drive.
    checkpoints: BTreeMap<String, BTreeMap<String, Checkpoint>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                records: Mutex::default(),
                generation: watch::Sender::new(0),
            }),
            listed: AtomicU64::new(0),
        }
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        let records = self.shared.records.lock();
        records.unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self) -> u64 {
        *self.shared.generation.borrow()
    }

    /// Another worker's change ends [`CheckpointStore::ownership_changed`]; one's own is known already.
    fn announce(&self) {
        let generation = self.generation();
        let next = generation + 1;
        let _ =
            self.listed
                .compare_exchange(generation, next, Ordering::Relaxed, Ordering::Relaxed);
        self.shared.generation.send_replace(next);
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// The clone has seen nothing yet.
impl Clone for MemoryStore {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            listed: AtomicU64::new(0),
        }
    }
}

impl Records {
    fn next_revision(&mut self) -> String {
        self.writes += 1;
        self.writes.to_string()
    }

    /// Returns the record as it was written, and whether more than its revision is new.
    fn claim(&mut self, claim: &Ownership) -> Option<(Ownership, bool)> {
        let stored = self.ownership.get(&claim.partition);
        if stored.and_then(|stored| stored.revision.as_ref()) != claim.revision.as_ref() {
            return None;
        }
        let is_renewal = stored
            .is_some_and(|stored| stored.owner == claim.owner && stored.weight == claim.weight);
        let written = Ownership {
            revision: Some(self.next_revision()),
            ..claim.clone()
        };
        if written.owner.is_empty() && written.partition.starts_with("worker/") {
            self.ownership.remove(&written.partition);
        } else {
            self.ownership
                .insert(written.partition.clone(), written.clone());
        }
        Some((written, !is_renewal))
    }

    fn update(&mut self, checkpoint: &Checkpoint) -> Option<Checkpoint> {
        let drives = self.checkpoints.get(&checkpoint.partition);
        let stored = drives.and_then(|drives| drives.get(&checkpoint.drive));
        if stored.and_then(|stored| stored.revision.as_ref()) != checkpoint.revision.as_ref() {
            return None;
        }
        let written = Checkpoint {
            revision: Some(self.next_revision()),
            ..checkpoint.clone()
        };
        let drives = self
            .checkpoints
            .entry(written.partition.clone())
            .or_default();
        drives.insert(written.drive.clone(), written.clone());
        Some(written)
    }
}

impl CheckpointStore for MemoryStore {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(async {
            let records = self.records();
            self.listed.store(self.generation(), Ordering::Relaxed);
            Ok(records.ownership.values().cloned().collect())
        })
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        Box::pin(async {
            let mut records = self.records();
            let written: Vec<(Ownership, bool)> = claims
                .iter()
                .filter_map(|claim| records.claim(claim))
                .collect();
            if written.iter().any(|(_, is_news)| *is_news) {
                self.announce();
            }
            Ok(written.into_iter().map(|(record, _)| record).collect())
        })
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        Box::pin(async {
            let records = self.records();
            let drives = partitions
                .iter()
                .filter_map(|partition| records.checkpoints.get(partition));
            Ok(drives.flat_map(BTreeMap::values).cloned().collect())
        })
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        Box::pin(async { Ok(self.records().update(checkpoint)) })
    }

    /// Returns when another handle has changed an owner or a weight since this one has listed ownership.
    fn ownership_changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let listed = self.listed.load(Ordering::Relaxed);
        let mut generation = self.shared.generation.subscribe();
        Box::pin(async move {
            // It ends with an error only without a sender, and this store has one.
            let _ = generation
                .wait_for(|generation| *generation != listed)
                .await;
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn record(partition: &str, owner: &str) -> Ownership {
        Ownership {
            partition: partition.to_owned(),
            owner: owner.to_owned(),
            epoch: 1,
            weight: 1,
            revision: None,
        }
    }

    async fn claim(store: &MemoryStore, record: Ownership) -> Ownership {
        let mut written = store.claim_ownership(&[record]).await.unwrap();
        written.pop().expect("nobody else writes")
    }

    #[tokio::test]
    async fn another_workers_claim_wakes() {
        let (store, other) = (MemoryStore::new(), MemoryStore::new());
        let same = store.clone();
        store.list_ownership().await.unwrap();
        let changed = tokio::join!(
            store.ownership_changed(),
            claim(&same, record("p0000", "b"))
        );
        assert_eq!(changed.1.owner, "b");
        claim(&other, record("p0000", "b")).await;
        store.list_ownership().await.unwrap();
        assert_eq!(store.ownership_changed().now_or_never(), None);
    }

    #[tokio::test]
    async fn a_change_between_listing_and_waiting_wakes() {
        let store = MemoryStore::new();
        let other = store.clone();
        store.list_ownership().await.unwrap();
        claim(&other, record("p0000", "b")).await;
        assert_eq!(store.ownership_changed().now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn neither_own_claims_nor_renewals_wake() {
        let store = MemoryStore::new();
        let other = store.clone();
        let mut worker = claim(&other, record("worker/b", "b")).await;
        store.list_ownership().await.unwrap();
        claim(&store, record("p0000", "a")).await;
        worker = claim(&other, worker).await;
        assert_eq!(store.ownership_changed().now_or_never(), None);
        worker.weight = 0;
        worker = claim(&other, worker).await;
        assert_eq!(store.ownership_changed().now_or_never(), Some(()));
        store.list_ownership().await.unwrap();
        worker.owner.clear();
        claim(&other, worker).await;
        assert_eq!(store.ownership_changed().now_or_never(), Some(()));
        assert_eq!(store.list_ownership().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn it_keeps_the_contract() {
        let store = MemoryStore::new();
        let open = || std::future::ready(Ok(Arc::new(store.clone()) as Arc<dyn CheckpointStore>));
        assert_eq!(crate::contract::check(open).await, Ok(()));
    }
}
