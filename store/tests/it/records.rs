//! Records as a worker writes them.

use std::future::Future;
use std::time::Duration;

use drivebell_store::{Checkpoint, CheckpointStore, Ownership, SqliteStore};
use tokio::time::timeout;

pub(crate) fn ownership(partition: &str, owner: &str) -> Ownership {
    Ownership {
        partition: partition.to_owned(),
        owner: owner.to_owned(),
        epoch: 1,
        weight: 1,
        revision: None,
    }
}

pub(crate) fn checkpoint(partition: &str, drive: &str) -> Checkpoint {
    Checkpoint {
        partition: partition.to_owned(),
        drive: drive.to_owned(),
        checkpoint: "c1.s3cr3t".to_owned(),
        epoch: 1,
        sequence: 0,
        memo: String::new(),
        revision: None,
    }
}

pub(crate) async fn claim(store: &SqliteStore, record: Ownership) -> Option<Ownership> {
    store.claim_ownership(&[record]).await.unwrap().pop()
}

/// Awaits `future`. Only a failing test waits until the deadline.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    let done = timeout(Duration::from_secs(60), future).await;
    done.expect("done before the deadline")
}
