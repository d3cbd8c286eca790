//! What the parts of the follower share about one lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

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
    began: Instant,
    is_followed: AtomicBool,
}

impl Hold {
    pub(super) fn new(lease: Lease) -> Self {
        Self {
            lease,
            under_way: Arc::new(Semaphore::new(MOST_UNDER_WAY as usize)),
            lost: watch::Sender::new(false),
            began: Instant::now(),
            is_followed: AtomicBool::new(false),
        }
    }

    /// Its drives are followed.
    pub(super) fn followed(&self) {
        self.is_followed.store(true, Ordering::Relaxed);
    }

    /// For how long its drives have not been followed yet.
    pub(super) fn takes_for(&self) -> Option<Duration> {
        let is_followed = self.is_followed.load(Ordering::Relaxed);
        (!is_followed).then(|| self.began.elapsed())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hold_knows_how_long_it_takes() {
        let hold = Hold::new(Lease {
            partition: "p0000".into(),
            epoch: 1,
        });
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(hold.takes_for(), Some(Duration::from_secs(7)));
        hold.followed();
        assert_eq!(hold.takes_for(), None);
    }

    #[tokio::test]
    async fn what_is_under_way_is_waited_for_and_nothing_follows() {
        let hold = Hold::new(Lease {
            partition: "p0000".into(),
            epoch: 1,
        });
        let begun = hold.begin().unwrap();
        let finish = hold.finish();
        tokio::pin!(finish);
        let waits = tokio::time::timeout(Duration::from_millis(20), &mut finish).await;
        assert!(waits.is_err());
        drop(begun);
        finish.await;
        assert!(hold.begin().is_none());
    }
}
