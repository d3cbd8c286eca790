//! Takes the checkpoint of a drive, so that no earlier owner can move it any more.

use std::collections::HashMap;

use super::retry::until_answered;
use crate::{Checkpoint, CheckpointStore, Lease};

/// The checkpoints of a partition, by drive.
pub(super) async fn listed(
    store: &dyn CheckpointStore,
    partition: &str,
) -> HashMap<String, Checkpoint> {
    let partitions = [partition.to_owned()];
    let checkpoints = until_answered(|| store.list_checkpoints(&partitions)).await;
    checkpoints
        .into_iter()
        .map(|checkpoint| (checkpoint.drive.clone(), checkpoint))
        .collect()
}

/// Writes the drive's checkpoint again, unchanged, under this lease. `None` if there is a later one.
///
/// `known` is what was listed.
pub(super) async fn adopt(
    store: &dyn CheckpointStore,
    lease: &Lease,
    drive: &str,
    mut known: Option<Checkpoint>,
) -> Option<Checkpoint> {
    loop {
        let adopted = match known {
            Some(stored) if stored.epoch > lease.epoch => return None,
            Some(stored) => Checkpoint {
                epoch: lease.epoch,
                ..stored
            },
            None => Checkpoint {
                partition: lease.partition.to_string(),
                drive: drive.to_owned(),
                checkpoint: String::new(),
                epoch: lease.epoch,
                sequence: 0,
                memo: String::new(),
                revision: None,
            },
        };
        let written = until_answered(|| store.update_checkpoint(&adopted)).await;
        if written.is_some() {
            return written;
        }
        // The former owner was faster, or an answer was lost.
        known = listed(store, &lease.partition).await.remove(drive);
    }
}

/// What has become of an update.
pub(super) enum Update {
    Written(Checkpoint),
    /// This worker itself has begun anew with the drive.
    Superseded,
    /// There is a later lease.
    Fenced,
}

/// Writes what is done.
pub(super) async fn update(store: &dyn CheckpointStore, checkpoint: Checkpoint) -> Update {
    let written = until_answered(|| store.update_checkpoint(&checkpoint)).await;
    if let Some(written) = written {
        return Update::Written(written);
    }
    let stored = listed(store, &checkpoint.partition)
        .await
        .remove(&checkpoint.drive);
    match stored {
        Some(stored) if stored.epoch > checkpoint.epoch => Update::Fenced,
        // It was written, and the answer was lost.
        Some(stored)
            if stored.epoch == checkpoint.epoch
                && stored.sequence == checkpoint.sequence
                && stored.checkpoint == checkpoint.checkpoint =>
        {
            Update::Written(stored)
        }
        _ => Update::Superseded,
    }
}
