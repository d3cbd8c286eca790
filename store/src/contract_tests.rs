//! The contract finds what is wrong with a store.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{
    Checkpoint, CheckpointStore, MemoryStore, Ownership, StoreError, StoreFuture, contract,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    IgnoresRevisions,
    CreatesWithRevision,
    ReturnsTheOldRevision,
    ReturnsLosers,
    ReadsThenWrites,
    SeesOnlyItsOwn,
    ForgetsReleasedPartitions,
    ListsAtMost(usize),
    RoundsNumbers,
    FoldsCase,
    TrimsNames,
    TruncatesMemos,
    ListsByPrefix,
    DropsTheWholeBatch,
    Fails,
}

struct Faulty {
    fault: Fault,
    inner: MemoryStore,
}

impl Faulty {
    fn name(&self, name: &str) -> String {
        match self.fault {
            Fault::FoldsCase => name.to_lowercase(),
            Fault::TrimsNames => name.trim().to_owned(),
            _ => name.to_owned(),
        }
    }

    async fn current(&self, partition: &str) -> Option<String> {
        let listed = self.inner.list_ownership().await.unwrap();
        listed
            .into_iter()
            .find(|record| record.partition == partition)?
            .revision
    }

    async fn claim(&self, claim: &Ownership) -> Result<Option<Ownership>, StoreError> {
        let mut stored = claim.clone();
        stored.partition = self.name(&claim.partition);
        match self.fault {
            Fault::IgnoresRevisions => stored.revision = self.current(&stored.partition).await,
            Fault::CreatesWithRevision if self.current(&stored.partition).await.is_none() => {
                stored.revision = None;
            }
            Fault::ReadsThenWrites => {
                let current = self.current(&stored.partition).await;
                tokio::task::yield_now().await;
                if current == stored.revision {
                    stored.revision = self.current(&stored.partition).await;
                }
            }
            Fault::ForgetsReleasedPartitions if stored.owner.is_empty() => {
                stored.partition = format!("worker/{}", stored.partition);
                stored.revision = None;
            }
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the fault is that it rounds"
            )]
            Fault::RoundsNumbers => stored.epoch = stored.epoch as f32 as u64,
            _ => {}
        }
        let written = self.inner.claim_ownership(&[stored]).await?.pop();
        Ok(match self.fault {
            Fault::ReturnsLosers => written.or_else(|| {
                Some(Ownership {
                    revision: Some("lost".to_owned()),
                    ..claim.clone()
                })
            }),
            Fault::ReturnsTheOldRevision => written.map(|written| Ownership {
                revision: claim.revision.clone().or(written.revision.clone()),
                ..written
            }),
            _ => written.map(|written| Ownership {
                partition: claim.partition.clone(),
                epoch: claim.epoch,
                ..written
            }),
        })
    }
}

impl CheckpointStore for Faulty {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(async {
            let mut listed = self.inner.list_ownership().await?;
            match self.fault {
                Fault::ListsAtMost(most) => listed.truncate(most),
                Fault::Fails => return Err(StoreError::new("the disk is full")),
                _ => {}
            }
            Ok(listed)
        })
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        Box::pin(async move {
            let mut written = Vec::new();
            for claim in claims {
                written.extend(self.claim(claim).await?);
            }
            if self.fault == Fault::DropsTheWholeBatch && written.len() < claims.len() {
                written.clear();
            }
            Ok(written)
        })
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        Box::pin(async move {
            if self.fault == Fault::ListsByPrefix && partitions == ["q1"] {
                let more = ["q1", "q10"].map(str::to_owned);
                return self.inner.list_checkpoints(&more).await;
            }
            self.inner.list_checkpoints(partitions).await
        })
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        Box::pin(async {
            let mut stored = checkpoint.clone();
            if self.fault == Fault::TruncatesMemos {
                stored.memo.truncate(4096);
            }
            let written = self.inner.update_checkpoint(&stored).await?;
            Ok(written.map(|written| Checkpoint {
                memo: checkpoint.memo.clone(),
                ..written
            }))
        })
    }
}

async fn verdict(fault: Fault) -> String {
    let inner = MemoryStore::new();
    let opened = AtomicUsize::new(0);
    let open = || {
        let is_first = opened.fetch_add(1, Ordering::Relaxed) == 0;
        let inner = match fault {
            Fault::SeesOnlyItsOwn if !is_first => MemoryStore::new(),
            _ => inner.clone(),
        };
        ready(Ok(
            Arc::new(Faulty { fault, inner }) as Arc<dyn CheckpointStore>
        ))
    };
    contract::check(open).await.expect_err("a fault")
}

#[tokio::test]
async fn every_fault_is_found_and_named() {
    for (fault, says) in [
        (
            Fault::IgnoresRevisions,
            "records of ownership: claim_ownership writes Ownership { partition: \"created\"",
        ),
        (
            Fault::CreatesWithRevision,
            "although there is no such record, and the claim has a revision",
        ),
        (
            Fault::ReturnsTheOldRevision,
            "claim_ownership returns the revision that was there before",
        ),
        (
            Fault::ReturnsLosers,
            "although the record exists and the claim has no revision",
        ),
        (
            Fault::ReadsThenWrites,
            "concurrent calls: 16 tasks claim one partition, and",
        ),
        (
            Fault::SeesOnlyItsOwn,
            "list_ownership returns None instead of Some",
        ),
        (Fault::ForgetsReleasedPartitions, "list_ownership returns"),
        (Fault::ListsAtMost(3_000), "many records: of"),
        (Fault::RoundsNumbers, "epoch: 9007199254740992"),
        (
            Fault::FoldsCase,
            "odd names: claim_ownership leaves out Ownership { partition: \"Plain\"",
        ),
        (
            Fault::TrimsNames,
            "odd names: claim_ownership leaves out Ownership { partition: \"plain \"",
        ),
        (
            Fault::TruncatesMemos,
            "with another text in what is not shown, the checkpoint or the memo",
        ),
        (
            Fault::ListsByPrefix,
            "checkpoints: for [\"q1\"], list_checkpoints returns",
        ),
        (
            Fault::DropsTheWholeBatch,
            "of several claims, claim_ownership writes [] instead of",
        ),
        (
            Fault::Fails,
            "an empty store: list_ownership fails: the disk is full",
        ),
    ] {
        let verdict = verdict(fault).await;
        assert!(verdict.contains(says), "{fault:?}: {verdict}");
    }
}
