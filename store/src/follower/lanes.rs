//! Delivers batches, and moves checkpoints. Batches of one drive follow each other; many drives at a time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use drivebell::ChangeBatch;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::adoption::{Fenced, update};
use super::follower::Shared;
use super::host::{Delivered, Delivery, Host};
use super::registry::Followed;
use crate::Checkpoint;

/// A batch on its way.
pub(super) struct Parcel<F> {
    pub(super) followed: Arc<Followed<F>>,
    pub(super) batch: ChangeBatch,
    /// Until it is dropped, the partition stays here.
    pub(super) permit: OwnedSemaphorePermit,
}

/// Where batches queue. A drive has always the same lane.
pub(super) struct Lanes<F> {
    lanes: Vec<mpsc::Sender<Parcel<F>>>,
}

impl<F: Clone + Send + Sync + 'static> Lanes<F> {
    pub(super) fn start<H: Host<Fence = F>>(shared: &Arc<Shared<H>>, count: usize) -> Self {
        let lanes = (0..count.max(1)).map(|_| {
            let (send, receive) = mpsc::channel(1);
            tokio::spawn(run(Arc::clone(shared), receive));
            send
        });
        Self {
            lanes: lanes.collect(),
        }
    }

    /// Returns when the batch has a place in its lane.
    pub(super) async fn send(&self, parcel: Parcel<F>) {
        let mut hasher = DefaultHasher::new();
        parcel.followed.key.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % self.lanes.len() as u64).unwrap_or(0);
        // A lane ends only with its runtime.
        let _ = self.lanes[lane].send(parcel).await;
    }
}

async fn run<H: Host>(shared: Arc<Shared<H>>, mut parcels: mpsc::Receiver<Parcel<H::Fence>>) {
    while let Some(parcel) = parcels.recv().await {
        let Parcel {
            followed,
            batch,
            permit,
        } = parcel;
        tokio::select! {
            // The partition was lost: what was under way is refused anyway.
            biased;
            () = followed.hold.lost() => {}
            delivered = deliver(&shared, &followed, batch) => {
                if let Err(Fenced(newer)) = delivered {
                    shared.keeper.fenced(followed.hold.lease.clone(), newer);
                }
            }
        }
        drop(permit);
    }
}

async fn deliver<H: Host>(
    shared: &Shared<H>,
    followed: &Followed<H::Fence>,
    batch: ChangeBatch,
) -> Result<(), Fenced> {
    let mut checkpoint = followed.checkpoint.lock().await;
    if followed.abandoned.load(Ordering::Relaxed) {
        return Ok(());
    }
    let delivery = Delivery {
        drive: &followed.key,
        resource: &followed.source.resource,
        client: &followed.source.client,
        lease: &followed.hold.lease,
        fence: &followed.fence,
        memo: &checkpoint.memo,
        sequence: checkpoint.sequence,
        batch: &batch,
    };
    let memo = match shared.host.deliver(delivery).await {
        Delivered::Done { memo } => memo,
        Delivered::Fenced => return Err(Fenced(None)),
        Delivered::Abandoned => {
            followed.abandoned.store(true, Ordering::Relaxed);
            return Ok(());
        }
    };
    if batch.checkpoint == checkpoint.checkpoint && memo == checkpoint.memo {
        return Ok(());
    }
    let next = Checkpoint {
        checkpoint: batch.checkpoint,
        sequence: checkpoint.sequence + 1,
        memo,
        ..checkpoint.clone()
    };
    if let Some(written) = update(&*shared.store, next).await? {
        *checkpoint = written;
    } else {
        // Another stream of the drive goes on from an earlier checkpoint, or somebody else has changed the
        // record: then it begins again from there.
        followed.abandoned.store(true, Ordering::Relaxed);
        shared.refresh(&followed.hold.lease.partition);
    }
    Ok(())
}
