//! Takes the checkpoint of a drive, so that no earlier owner can move it any more.

use std::collections::HashMap;

use super::retry::until_answered;
use crate::{Checkpoint, CheckpointStore, Lease};

/// There is a later lease, with this epoch if that is known.
#[derive(Debug)]
pub(super) struct Fenced(pub(super) Option<u64>);

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

/// Writes the drive's checkpoint again, unchanged, under this lease.
///
/// `known` is what was listed.
pub(super) async fn adopt(
    store: &dyn CheckpointStore,
    lease: &Lease,
    drive: &str,
    mut known: Option<Checkpoint>,
) -> Result<Checkpoint, Fenced> {
    loop {
        let adopted = match known {
            Some(stored) if stored.epoch > lease.epoch => {
                return Err(Fenced(Some(stored.epoch)));
            }
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
        if let Some(written) = written {
            return Ok(written);
        }
        // The former owner was faster, or an answer was lost.
        known = listed(store, &lease.partition).await.remove(drive);
    }
}

/// Writes what is done. `None` if this worker itself has begun anew with the drive.
pub(super) async fn update(
    store: &dyn CheckpointStore,
    checkpoint: Checkpoint,
) -> Result<Option<Checkpoint>, Fenced> {
    let written = until_answered(|| store.update_checkpoint(&checkpoint)).await;
    if let Some(written) = written {
        return Ok(Some(written));
    }
    let stored = listed(store, &checkpoint.partition)
        .await
        .remove(&checkpoint.drive);
    match stored {
        Some(stored) if stored.epoch > checkpoint.epoch => Err(Fenced(Some(stored.epoch))),
        // It was written, and the answer was lost.
        Some(stored)
            if stored.epoch == checkpoint.epoch
                && stored.sequence == checkpoint.sequence
                && stored.checkpoint == checkpoint.checkpoint =>
        {
            Ok(Some(stored))
        }
        _ => Ok(None),
    }
}
