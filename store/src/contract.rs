//! What every [`CheckpointStore`] must do, to be run in the tests of a store.

mod checkpoints;
mod names;
mod ownership;
mod races;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::{Checkpoint, CheckpointStore, Ownership, StoreError};

type Store = Arc<dyn CheckpointStore>;

type Outcome = Result<(), String>;

/// How long one chapter may take. One of them writes 10,000 records.
const LIMIT: Duration = Duration::from_secs(300);

/// The largest number that every language takes for exact.
const LARGEST: u64 = (1 << 53) - 1;

/// Checks a store against every sentence of the documentation of [`CheckpointStore`].
///
/// `open` opens another handle on one and the same store, which must be empty at first. It is called
/// four times, as if by four workers. The store is full of nonsense afterwards.
///
/// # Errors
/// What the store does wrong, or the error that it returns.
pub async fn check<Open, Opening>(mut open: Open) -> Result<(), String>
where
    Open: FnMut() -> Opening,
    Opening: Future<Output = Result<Store, StoreError>>,
{
    let mut handles = Vec::new();
    for _ in 0..4 {
        handles.push(
            open()
                .await
                .map_err(|error| format!("it cannot be opened: {error}"))?,
        );
    }
    chapter("an empty store", empty(&handles)).await?;
    chapter("records of ownership", ownership::check(&handles)).await?;
    chapter("checkpoints", checkpoints::check(&handles)).await?;
    chapter("odd names", names::check(&handles)).await?;
    chapter("concurrent calls", races::check(&handles)).await?;
    chapter("many records", names::check_many(&handles)).await
}

async fn chapter(name: &str, outcome: impl Future<Output = Outcome>) -> Outcome {
    match tokio::time::timeout(LIMIT, outcome).await {
        Ok(outcome) => outcome.map_err(|problem| format!("{name}: {problem}")),
        Err(_) => Err(format!("{name}: not done after {LIMIT:?}")),
    }
}

async fn empty(handles: &[Store]) -> Outcome {
    for store in handles {
        let ownership = store
            .list_ownership()
            .await
            .map_err(failed("list_ownership"))?;
        expect(ownership.is_empty(), || {
            format!("{} records of ownership are listed", ownership.len())
        })?;
        let checkpoints = checkpoints_of(store, &["p0000", ""]).await?;
        expect(checkpoints.is_empty(), || {
            format!("{} checkpoints are listed", checkpoints.len())
        })?;
        let claimed = store
            .claim_ownership(&[])
            .await
            .map_err(failed("claim_ownership"))?;
        expect(claimed.is_empty(), || {
            "claiming nothing returns something".to_owned()
        })?;
    }
    Ok(())
}

fn expect(is_so: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

fn failed(call: &'static str) -> impl Fn(StoreError) -> String {
    move |error| format!("{call} fails: {error}")
}

fn new_ownership(partition: &str, owner: &str) -> Ownership {
    Ownership {
        partition: partition.to_owned(),
        owner: owner.to_owned(),
        epoch: 1,
        weight: 1,
        revision: None,
    }
}

fn new_checkpoint(partition: &str, drive: &str) -> Checkpoint {
    Checkpoint {
        partition: partition.to_owned(),
        drive: drive.to_owned(),
        checkpoint: String::new(),
        epoch: 1,
        sequence: 0,
        memo: String::new(),
        revision: None,
    }
}

/// Claims one record. `None`: the store says that another was faster.
async fn claim(store: &Store, record: &Ownership) -> Result<Option<Ownership>, String> {
    let claims = std::slice::from_ref(record);
    let claimed = store
        .claim_ownership(claims)
        .await
        .map_err(failed("claim_ownership"))?;
    match claimed.as_slice() {
        [] => Ok(None),
        [written] => {
            must_be_written(record, written)?;
            Ok(Some(written.clone()))
        }
        several => Err(format!(
            "claim_ownership returns {} records for one",
            several.len()
        )),
    }
}

fn must_be_written(given: &Ownership, written: &Ownership) -> Outcome {
    let unchanged = Ownership {
        revision: given.revision.clone(),
        ..written.clone()
    };
    same("claim_ownership returns", &unchanged, given)?;
    must_be_new(
        written.revision.as_ref(),
        given.revision.as_ref(),
        "claim_ownership",
    )
}

fn must_be_new(revision: Option<&String>, earlier: Option<&String>, call: &str) -> Outcome {
    expect(revision.is_some(), || {
        format!("{call} returns a record without a revision")
    })?;
    expect(revision != earlier, || {
        format!("{call} returns the revision that was there before")
    })
}

/// Claims one record, which nobody else does.
async fn must_claim(store: &Store, record: &Ownership) -> Result<Ownership, String> {
    let claimed = claim(store, record).await?;
    claimed
        .ok_or_else(|| format!("claim_ownership leaves out {record:?}, which nobody has changed"))
}

async fn must_not_claim(store: &Store, record: &Ownership, because: &str) -> Outcome {
    let claimed = claim(store, record).await?;
    expect(claimed.is_none(), || {
        format!("claim_ownership writes {record:?} although {because}")
    })
}

/// The record of a partition, as this handle lists it.
async fn owned(store: &Store, partition: &str) -> Result<Option<Ownership>, String> {
    let listed = store
        .list_ownership()
        .await
        .map_err(failed("list_ownership"))?;
    let mut found = listed
        .into_iter()
        .filter(|record| record.partition == partition);
    let first = found.next();
    expect(found.next().is_none(), || {
        format!("list_ownership returns {partition:?} twice")
    })?;
    Ok(first)
}

async fn checkpoints_of(store: &Store, partitions: &[&str]) -> Result<Vec<Checkpoint>, String> {
    let partitions: Vec<String> = partitions.iter().map(|&name| name.to_owned()).collect();
    let mut listed = store
        .list_checkpoints(&partitions)
        .await
        .map_err(failed("list_checkpoints"))?;
    listed.sort_by(|a, b| (&a.partition, &a.drive).cmp(&(&b.partition, &b.drive)));
    Ok(listed)
}

/// Writes a checkpoint. `None`: the store says that another was faster.
async fn update(store: &Store, checkpoint: &Checkpoint) -> Result<Option<Checkpoint>, String> {
    let written = store
        .update_checkpoint(checkpoint)
        .await
        .map_err(failed("update_checkpoint"))?;
    if let Some(written) = &written {
        let unchanged = Checkpoint {
            revision: checkpoint.revision.clone(),
            ..written.clone()
        };
        same("update_checkpoint returns", &unchanged, checkpoint)?;
        must_be_new(
            written.revision.as_ref(),
            checkpoint.revision.as_ref(),
            "update_checkpoint",
        )?;
    }
    Ok(written)
}

async fn must_update(store: &Store, checkpoint: &Checkpoint) -> Result<Checkpoint, String> {
    let written = update(store, checkpoint).await?;
    written.ok_or_else(|| {
        format!("update_checkpoint returns nothing for {checkpoint:?}, which nobody has changed")
    })
}

async fn must_not_update(store: &Store, checkpoint: &Checkpoint, because: &str) -> Outcome {
    let written = update(store, checkpoint).await?;
    expect(written.is_none(), || {
        format!("update_checkpoint writes {checkpoint:?} although {because}")
    })
}

/// Two checkpoints that differ in what is not shown look alike, which the text says then.
fn same<T: PartialEq + fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    expect(found == expected, || {
        let (shown, wanted) = (format!("{found:?}"), format!("{expected:?}"));
        if shown == wanted {
            format!(
                "{what} {shown} with another text in what is not shown, the checkpoint or the memo"
            )
        } else {
            format!("{what} {shown} instead of {wanted}")
        }
    })
}
