//! What the parts of the follower share about one lease.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::Lease;

/// More batches than are ever under way at once.
const MOST_UNDER_WAY: u32 = 1 << 20;

/// A lease while its partition is followed.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) lease: Lease,
    /// A permit for each batch that is under way.
    under_way: Arc<Semaphore>,
    lost: watch::Sender<bool>,
}

impl Hold {
    pub(super) fn new(lease: Lease) -> Self {
        Self {
            lease,
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY as usize)),
            lost: watch::Sender::new(false),
        }
    }

    /// Keeps the partition here until the permit is dropped. `None` once it is given away or lost.
    pub(super) fn begin(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.under_way).try_acquire_owned().ok()
    }

    /// Waits until nothing is under way. Nothing can begin afterwards.
    pub(super) async fn finish(&self) {
        let all = self.under_way.acquire_many(MOST_UNDER_WAY).await;
        self.under_way.close();
        drop(all);
    }

    /// Another worker has it. What is under way is given up.
    pub(super) fn lose(&self) {
        self.under_way.close();
        self.lost.send_replace(true);
    }

    pub(super) async fn lost(&self) {
        let mut lost = self.lost.subscribe();
        // The sender is in `self`.
        let _ = lost.wait_for(|lost| *lost).await;
    }
}
