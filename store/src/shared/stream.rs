use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use drivebell::{
    ChangeBatch, ChangesOptions, ChangesSetEvents, Client, Error, Resource, SharedOptions, Since,
};
use futures_core::Stream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::host::{Handed, SharedHost};
use super::members::SharedMembers;
use super::options;
use crate::{CheckpointStore, Follower, FollowerOptions, LeaseKeeper, LeaseOptions};

/// How many wait for a slow consumer. Further ones are told when the drives are tried again.
const MOST_REFUSALS: usize = 1024;

/// The changes of drives that several processes share: a [`Stream`] of [`SharedBatch`]es, of those drives
/// that this process follows.
///
/// Asking for the next batch says that the one before is done. The stream ends only when it is closed, or
/// the client that made it.
///
/// Dropping the stream closes it in the background. [`close`](Self::close) also waits until the others
/// have the drives.
pub struct SharedChanges {
    members: SharedMembers,
    batches: mpsc::Receiver<Handed>,
    refusals: mpsc::Receiver<(Client, Resource, Error)>,
    /// The batch that was handed out last.
    handed_out: Option<oneshot::Sender<()>>,
    events: ChangesSetEvents,
    /// Gives everything back once closed.
    end: JoinHandle<()>,
}

/// A batch of a drive, or why it cannot be followed at present.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SharedBatch {
    /// The drive.
    pub resource: Resource,
    /// The client of its user.
    pub client: Client,
    /// The batch. An error says that Graph or the credential refuses the drive; it is tried again, here or
    /// in another process.
    pub batch: Result<ChangeBatch, Error>,
    /// Under which epoch this process follows the drive. A later owner has a higher one: store it with
    /// what you write, and refuse a lower one, if two processes must never write at the same time. 0 with
    /// an error.
    pub epoch: u64,
    /// How many batches of the drive were done before this one, whoever has done them. 0 with an error.
    pub sequence: u64,
}

impl SharedChanges {
    pub(super) fn start(
        client: &Client,
        drives: Vec<(&Resource, &Since)>,
        store: Arc<dyn CheckpointStore>,
        options: &SharedOptions,
        changes: &ChangesOptions,
    ) -> Result<Self, Error> {
        let set = client.changes_all([], changes)?;
        let events = set.events();
        let leases = LeaseOptions {
            lease_time: options.lease_time,
            capacity: options.capacity.into(),
        };
        let (send, batches) = mpsc::channel(1);
        let (refuse, refusals) = mpsc::channel(MOST_REFUSALS);
        let host = Arc::new(SharedHost::new(send, refuse));
        let (keeper, gained) =
            LeaseKeeper::start(Arc::clone(&store), options::worker(options), &leases);
        let keeper = Arc::new(keeper);
        let follower = Follower::start(
            Arc::clone(&host),
            store,
            set,
            Arc::clone(&keeper),
            gained,
            FollowerOptions {
                refused_retry: options.refused_retry,
                ..FollowerOptions::default()
            },
        );
        let members = SharedMembers {
            client: client.clone(),
            host,
            keeper,
            follower: Arc::new(follower),
        };
        let end = tokio::spawn(give_back(members.clone(), options.lease_time));
        let stream = Self {
            members,
            batches,
            refusals,
            handed_out: None,
            events,
            end,
        };
        // If that fails, dropping the stream ends what has started.
        stream.members.enter(client, drives)?;
        Ok(stream)
    }

    /// The drives, to add, remove and inspect them.
    pub fn members(&self) -> &SharedMembers {
        &self.members
    }

    /// What the drives that this process follows go through: connections that begin and end, and failures
    /// with the wait before the next attempt.
    pub fn events(&self) -> ChangesSetEvents {
        self.events.clone()
    }

    /// Says that the last batch is done, without asking for the next one.
    pub fn done(&mut self) {
        if let Some(done) = self.handed_out.take() {
            // The lease may be lost: then the batch comes again elsewhere.
            let _ = done.send(());
        }
    }

    /// Says that the last batch is not done, and will not be. No further batch of its drive comes until the
    /// drive is removed and added again, or goes to another process: it begins there with this batch.
    pub fn abandon(&mut self) {
        self.handed_out = None;
    }

    /// Hands the drives over to the other processes, and ends the stream. The last batch is not done,
    /// unless [`done`](Self::done) has said so. If the store does not answer within the lease time, the
    /// others wait as if this process had been killed.
    pub async fn close(mut self) {
        self.members.host.close();
        // It ends early only with its runtime.
        let _ = (&mut self.end).await;
    }
}

/// Hands everything over when the stream is closed, or its client.
async fn give_back(members: SharedMembers, limit: Duration) {
    members.host.closed().await;
    let _ = tokio::time::timeout(limit, members.keeper.leave()).await;
    members.follower.start_close();
}

impl Stream for SharedChanges {
    type Item = SharedBatch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.done();
        if self.members.host.is_closed() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(Some((client, resource, error))) = self.refusals.poll_recv(cx) {
            return Poll::Ready(Some(SharedBatch {
                resource,
                client,
                batch: Err(error),
                epoch: 0,
                sequence: 0,
            }));
        }
        let Some(handed) = std::task::ready!(self.batches.poll_recv(cx)) else {
            return Poll::Ready(None);
        };
        self.handed_out = Some(handed.done);
        Poll::Ready(Some(SharedBatch {
            resource: handed.resource,
            client: handed.client,
            batch: Ok(handed.batch),
            epoch: handed.lease.epoch,
            sequence: handed.sequence,
        }))
    }
}

impl Drop for SharedChanges {
    fn drop(&mut self) {
        self.members.host.close();
    }
}

impl fmt::Debug for SharedChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedChanges")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
