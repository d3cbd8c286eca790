//! From the stream of a member to the consumer of its set.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc};

use super::member::ChangesMember;
use crate::changes::Outlet;
use crate::{ChangeBatch, Error};

/// A batch of a member of a set, or why the member has ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MemberBatch {
    /// The member that it belongs to.
    pub member: ChangesMember,
    /// The batch. An error has ended the member, and no other batch of it follows.
    pub batch: Result<ChangeBatch, Error>,
}

/// Passes a member's batches to the consumer of the set.
pub(super) struct MemberOutlet {
    pub(super) member: ChangesMember,
    pub(super) batches: mpsc::Sender<MemberBatch>,
    /// The pages that all members may have at the same time. In the order in which they ask: nobody is
    /// passed over, and a large drive waits after each page.
    pub(super) turns: Arc<Semaphore>,
}

impl Outlet for MemberOutlet {
    type Turn = Option<OwnedSemaphorePermit>;

    async fn turn(&self) -> Self::Turn {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    fn try_turn(&self) -> Option<Self::Turn> {
        match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => Some(Some(turn)),
            Err(TryAcquireError::Closed) => Some(None),
            Err(TryAcquireError::NoPermits) => None,
        }
    }

    async fn send(&self, batch: Result<ChangeBatch, Error>) {
        let batch = MemberBatch {
            member: self.member.clone(),
            batch,
        };
        tokio::select! {
            biased;
            () = self.closed() => {}
            _ = self.batches.send(batch) => {}
        }
    }

    fn panicked(&self, error: Error) {
        let batch = MemberBatch {
            member: self.member.clone(),
            batch: Err(error),
        };
        let batches = self.batches.clone();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let _ = batches.send(batch).await;
            });
        }
    }

    async fn closed(&self) {
        self.member.0.source.removed.wait().await;
    }
}
