//! What the follower asks of a shared stream: which drives there are, and to hand out what changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drivebell::{ChangeBatch, Client, Error, Resource};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{Delivered, Delivery, DriveSource, FollowedDrive, Host, Lease};

/// A batch for the consumer. It is done when `done` is sent.
pub(super) struct Handed {
    pub(super) client: Client,
    pub(super) resource: Resource,
    pub(super) lease: Lease,
    pub(super) sequence: u64,
    pub(super) batch: ChangeBatch,
    pub(super) done: oneshot::Sender<()>,
}

/// Each drive is a partition of its own, with the same name.
pub(super) struct SharedHost {
    drives: Mutex<BTreeMap<Arc<str>, DriveSource>>,
    /// `None` once closed, which ends the stream.
    batches: Mutex<Option<mpsc::Sender<Handed>>>,
    refusals: mpsc::Sender<(Client, Resource, Error)>,
    closed: watch::Sender<bool>,
}

impl SharedHost {
    pub(super) fn new(
        batches: mpsc::Sender<Handed>,
        refusals: mpsc::Sender<(Client, Resource, Error)>,
    ) -> Self {
        Self {
            drives: Mutex::default(),
            batches: Mutex::new(Some(batches)),
            refusals,
            closed: watch::Sender::new(false),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, DriveSource>> {
        self.drives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn batches(&self) -> MutexGuard<'_, Option<mpsc::Sender<Handed>>> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out nothing more.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
        self.batches().take();
    }

    /// Waits until it is closed.
    pub(super) async fn closed(&self) {
        let mut closed = self.closed.subscribe();
        // The sender is in `self`.
        let _ = closed.wait_for(|closed| *closed).await;
    }

    pub(super) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    async fn hand_out(&self, handed: Handed, done: oneshot::Receiver<()>) -> Delivered {
        let Some(batches) = self.batches().clone() else {
            return Delivered::Abandoned;
        };
        if batches.send(handed).await.is_err() {
            return Delivered::Abandoned;
        }
        match done.await {
            Ok(()) => Delivered::Done {
                memo: String::new(),
            },
            Err(_) => Delivered::Abandoned,
        }
    }
}

impl Host for SharedHost {
    type Fence = ();

    async fn drives(&self, partition: &str) -> Vec<FollowedDrive> {
        let drives = self.lock();
        let drive = drives.get_key_value(partition);
        drive
            .map(|(key, source)| FollowedDrive {
                key: Arc::clone(key),
                source: Ok(source.clone()),
            })
            .into_iter()
            .collect()
    }

    async fn raise_fence(&self, _lease: &Lease) -> Option<()> {
        Some(())
    }

    async fn adopt(&self, _drive: &str, (): &(), memo: String) -> Option<String> {
        Some(memo)
    }

    async fn deliver(&self, delivery: Delivery<'_, ()>) -> Delivered {
        let (done, is_done) = oneshot::channel();
        let handed = Handed {
            client: delivery.client.clone(),
            resource: delivery.resource.clone(),
            lease: delivery.lease.clone(),
            sequence: delivery.sequence,
            batch: delivery.batch.clone(),
            done,
        };
        tokio::select! {
            // First, because a batch that was done just before closing is done.
            biased;
            delivered = self.hand_out(handed, is_done) => delivered,
            () = self.closed() => Delivered::Abandoned,
        }
    }

    /// Other processes may still have it.
    fn removed_for_all(&self) -> bool {
        false
    }

    fn ended(&self) {
        self.close();
    }

    fn refused(&self, drive: &str, error: &Error) {
        let source = self.lock().get(drive).cloned();
        if let Some(DriveSource {
            client, resource, ..
        }) = source
        {
            let _ = self.refusals.try_send((client, resource, error.clone()));
        }
    }
}
