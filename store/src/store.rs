use std::future::Future;
use std::pin::Pin;

use crate::{Checkpoint, Ownership, StoreError};

/// What a call of a [`CheckpointStore`] returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Who follows which drive, and how far each has come.
///
/// A store keeps two kinds of records, and each write is a compare-and-swap: it succeeds only if the
/// record still has the revision that the caller has seen (`None`: only if there is no such record).
/// That is all that a store has to do. Epochs, leases, balance and fencing are the caller's.
///
/// A write that has succeeded must be seen by every later call of every process. All calls may be
/// cancelled: whether a write that was cancelled has happened shows when it is read again.
pub trait CheckpointStore: Send + Sync + 'static {
    /// Every record of ownership, of processes too. One without an owner, whose partition begins with
    /// `worker/`, may be forgotten.
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>>;

    /// Writes records, each if its revision is unchanged. Returns those that were written, with their
    /// new revisions; those that another process has changed are left out.
    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>>;

    /// The checkpoints of all drives in these partitions.
    fn list_checkpoints<'a>(&'a self, partitions: &'a [String])
    -> StoreFuture<'a, Vec<Checkpoint>>;

    /// Writes a checkpoint if its revision is unchanged, and returns it with its new revision. `None` if
    /// another process has changed it.
    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>>;

    /// Returns when ownership may have changed, so that it is listed sooner than at the next regular
    /// time. A store that cannot tell never returns, which is the default.
    fn ownership_changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}
