use std::fmt;
use std::future::Future;
use std::sync::Arc;

use drivebell::{ChangeBatch, Client, Error, Resource, Since};

use crate::Lease;

/// A drive to follow.
#[derive(Debug, Clone)]
pub struct FollowedDrive {
    /// Its name in the store, unique: any text of up to 512 bytes.
    pub key: Arc<str>,
    /// What follows it, or why it cannot be followed.
    pub source: Result<DriveSource, Error>,
}

/// From where a drive is followed, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriveSource {
    /// The client of its user.
    pub client: Client,
    /// The drive, or list.
    pub resource: Resource,
    /// Where to begin, if there is no checkpoint yet.
    pub since: Since,
}

/// What a [`Follower`](crate::Follower) needs of its program.
///
/// The futures are dropped when another worker has taken the partition.
pub trait Host: Send + Sync + 'static {
    /// What shows to those who receive the changes that a lease is the current one. `()` where nobody
    /// asks for it.
    type Fence: Clone + Send + Sync + 'static;

    /// The drives of a partition. An outage is waited for.
    fn drives(&self, partition: &str) -> impl Future<Output = Vec<FollowedDrive>> + Send;

    /// Called once for each lease, before anything is followed: from now on nothing of earlier leases may
    /// be accepted. `None` if there is a later lease. An outage is waited for.
    fn raise_fence(&self, lease: &Lease) -> impl Future<Output = Option<Self::Fence>> + Send;

    /// Called when this worker has taken a drive's checkpoint: returns the memo to go on with, given the
    /// one that was stored. `None` if there is a later lease. An outage is waited for.
    fn adopt(
        &self,
        drive: &str,
        fence: &Self::Fence,
        memo: String,
    ) -> impl Future<Output = Option<String>> + Send;

    /// Handles a batch. The checkpoint moves when it is done. An outage is waited for: batches of the same
    /// drive wait meanwhile, and after a while those of others do, too.
    fn deliver(
        &self,
        delivery: Delivery<'_, Self::Fence>,
    ) -> impl Future<Output = Delivered> + Send;

    /// Whether a drive that is not among the drives of its partition any more is gone for all workers, so
    /// that it begins anew if it comes back. Otherwise its checkpoint stays. Default: it is gone.
    fn removed_for_all(&self) -> bool {
        true
    }

    /// A drive cannot be followed at present: Graph or its credential refuses it. It is tried again.
    fn refused(&self, _drive: &str, _error: &Error) {}

    /// The set of streams has ended: its client was closed. Nothing is followed any more.
    fn ended(&self) {}
}

/// A batch of a drive.
#[derive(Clone)]
#[non_exhaustive]
pub struct Delivery<'a, F> {
    /// The drive's name in the store.
    pub drive: &'a Arc<str>,
    /// The drive.
    pub resource: &'a Resource,
    /// The client of its user.
    pub client: &'a Client,
    /// The lease under which it was followed.
    pub lease: &'a Lease,
    /// What [`Host::raise_fence`] has returned for the lease.
    pub fence: &'a F,
    /// What was remembered at the last batch.
    pub memo: &'a str,
    /// How many batches of the drive were done before, whoever has done them.
    pub sequence: u64,
    /// What changed.
    pub batch: &'a ChangeBatch,
}

/// What has become of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// It is done.
    Done {
        /// What to remember.
        memo: String,
    },
    /// It was refused, because there is a later lease.
    Fenced,
    /// It is not done, and nothing more of the drive will be: its checkpoint stays where it is.
    Abandoned,
}

impl<F> fmt::Debug for Delivery<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("drive", &self.drive)
            .field("lease", &self.lease)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}
