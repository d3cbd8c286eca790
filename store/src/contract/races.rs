//! Of those that write the same state of a record, exactly one succeeds.

use std::future::Future;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};

use super::{
    Outcome, Store, checkpoints_of, claim, expect, must_claim, must_update, new_checkpoint,
    new_ownership, owned, same, update,
};
use crate::{Checkpoint, Ownership};

const TASKS: usize = 16;

const ROUNDS: u32 = 10;

/// How often each task counts on.
const STEPS: u64 = 10;

pub(super) async fn check(handles: &[Store]) -> Outcome {
    one_claims(handles).await?;
    one_updates(handles).await?;
    no_update_is_lost(handles).await?;
    calls_may_be_cancelled(&handles[0]).await
}

/// Runs one for each task, so that they run at the same time as far as the runtime can.
async fn at_once<T: Send + 'static, Task>(
    handles: &[Store],
    task: impl Fn(Store, usize) -> Task,
) -> Result<Vec<T>, String>
where
    Task: Future<Output = Result<T, String>> + Send + 'static,
{
    let tasks = (0..TASKS).map(|number| {
        let store = Store::clone(&handles[number % handles.len()]);
        tokio::spawn(task(store, number))
    });
    let done = join_all(tasks).await;
    done.into_iter()
        .map(|done| done.unwrap_or_else(|error| Err(format!("a call panics: {error}"))))
        .collect()
}

async fn one_claims(handles: &[Store]) -> Outcome {
    let mut seen = new_ownership("contended", "");
    for round in 0..ROUNDS {
        let written = at_once(handles, |store, number| {
            let record = Ownership {
                owner: format!("task {number}"),
                epoch: u64::from(round),
                ..seen.clone()
            };
            async move { claim(&store, &record).await }
        });
        let written: Vec<Ownership> = written.await?.into_iter().flatten().collect();
        expect(written.len() == 1, || {
            format!(
                "{TASKS} tasks claim one partition, and {} of them succeed",
                written.len()
            )
        })?;
        for store in handles {
            let listed = owned(store, "contended").await?;
            same("list_ownership returns", &listed.as_ref(), &written.first())?;
        }
        seen.clone_from(&written[0]);
    }
    Ok(())
}

async fn one_updates(handles: &[Store]) -> Outcome {
    let mut seen = new_checkpoint("contended", "contended drive");
    for round in 0..ROUNDS {
        let written = at_once(handles, |store, number| {
            let checkpoint = Checkpoint {
                checkpoint: format!("c1.{number}"),
                epoch: u64::from(round),
                ..seen.clone()
            };
            async move { update(&store, &checkpoint).await }
        });
        let written: Vec<Checkpoint> = written.await?.into_iter().flatten().collect();
        expect(written.len() == 1, || {
            format!(
                "{TASKS} tasks update one checkpoint, and {} of them succeed",
                written.len()
            )
        })?;
        for store in handles {
            same(
                "list_checkpoints returns",
                &checkpoints_of(store, &["contended"]).await?,
                &written,
            )?;
        }
        seen.clone_from(&written[0]);
    }
    Ok(())
}

async fn no_update_is_lost(handles: &[Store]) -> Outcome {
    must_update(&handles[0], &new_checkpoint("counted", "counted drive")).await?;
    at_once(handles, |store, _| count(store)).await?;
    let listed = checkpoints_of(&handles[0], &["counted"]).await?;
    let sequence: u64 = listed.iter().map(|checkpoint| checkpoint.sequence).sum();
    let expected = STEPS * TASKS as u64;
    same(
        "after concurrent updates, the sequence is",
        &sequence,
        &expected,
    )
}

async fn count(store: Store) -> Outcome {
    let mut done = 0;
    while done < STEPS {
        let listed = checkpoints_of(&store, &["counted"]).await?;
        let mut next = listed.into_iter().next().ok_or("a checkpoint has gone")?;
        next.sequence += 1;
        done += u64::from(update(&store, &next).await?.is_some());
    }
    Ok(())
}

/// Each call is dropped after it was polled once. Afterwards the record is what it was or what was
/// written, and it can be written by whoever has read it.
async fn calls_may_be_cancelled(store: &Store) -> Outcome {
    let mut record = must_claim(store, &new_ownership("cancelled", "a")).await?;
    let mut checkpoint =
        must_update(store, &new_checkpoint("cancelled", "cancelled drive")).await?;
    for round in 1..=ROUNDS {
        cancel(store.list_ownership()).await;
        cancel(store.list_checkpoints(&["cancelled".to_owned()])).await;
        cancel(store.ownership_changed()).await;
        record.epoch += 1;
        cancel(store.claim_ownership(&[record.clone()])).await;
        checkpoint.sequence += 1;
        cancel(store.update_checkpoint(&checkpoint)).await;

        record = claim_what_is_read(store).await?;
        checkpoint = update_what_is_read(store).await?;
        let most = u64::from(round) + 1;
        expect(record.epoch <= most && checkpoint.sequence <= most, || {
            "a call that was cancelled writes more than once".to_owned()
        })?;
    }
    try_join_all((0..TASKS).map(|_| owned(store, "cancelled")))
        .await
        .map(drop)
}

async fn cancel(call: impl Future) {
    let _ = tokio::time::timeout(Duration::ZERO, call).await;
}

/// What was cancelled may still be under way, and come between.
async fn claim_what_is_read(store: &Store) -> Result<Ownership, String> {
    for _ in 0..10 {
        let listed = owned(store, "cancelled").await?;
        let listed = listed.ok_or("a record has gone after a call was cancelled")?;
        if let Some(written) = claim(store, &listed).await? {
            return Ok(written);
        }
    }
    Err("after a call was cancelled, claim_ownership leaves out what was just listed".to_owned())
}

async fn update_what_is_read(store: &Store) -> Result<Checkpoint, String> {
    for _ in 0..10 {
        let listed = checkpoints_of(store, &["cancelled"]).await?;
        let listed = listed.into_iter().next();
        let listed = listed.ok_or("a checkpoint has gone after a call was cancelled")?;
        if let Some(written) = update(store, &listed).await? {
            return Ok(written);
        }
    }
    Err("after a call was cancelled, update_checkpoint refuses what was just listed".to_owned())
}
