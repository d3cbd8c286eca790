//! What keeps a worker out of the stream that has lost its partition.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::HeaderMap;
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use drivebell_store::StoreError;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard};

use crate::nats::{Buckets, Connection, LeaseRecord, chain, lease_key, publish_after, read};

/// Stands in the stream of changes while a worker has a partition, and is replaced when another one
/// takes it: every message names the fence that it expects, and the server refuses it behind another.
///
/// Clones are the same fence.
#[derive(Debug, Clone)]
pub struct Fence(Arc<Raised>);

#[derive(Debug)]
struct Raised {
    partition: String,
    epoch: u64,
    subject: String,
    /// Of the message in the stream. 0: it was replaced by a later one.
    sequence: AtomicU64,
    raising: Mutex<()>,
    /// Held while a message is under way to a replicated stream.
    turn: Mutex<()>,
}

/// The content of the message.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Post {
    epoch: u64,
    worker: String,
}

impl Fence {
    /// The partition.
    pub fn partition(&self) -> &str {
        &self.0.partition
    }

    /// The epoch of the lease.
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    pub(super) fn subject(&self) -> &str {
        &self.0.subject
    }

    /// A replicated stream takes one message at a time behind a fence, and refuses the others.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    /// `None`: a later fence is known.
    pub(super) fn sequence(&self) -> Option<u64> {
        let sequence = self.0.sequence.load(Ordering::Acquire);
        Some(sequence).filter(|sequence| *sequence > 0)
    }
}

/// Raises the fences of one worker.
#[derive(Debug, Clone)]
pub(super) struct Fencer {
    connection: Connection,
    leases: Store,
    changes: Stream,
    worker: String,
}

impl Fencer {
    pub(super) fn new(connection: &Connection, buckets: &Buckets, worker: &str) -> Self {
        Self {
            connection: connection.clone(),
            leases: buckets.leases.clone(),
            changes: buckets.changes.clone(),
            worker: worker.to_owned(),
        }
    }

    /// Raises a fence. `None` if the lease is another worker's, or has another epoch.
    pub(super) async fn raise(
        &self,
        subject: String,
        partition: &str,
        epoch: u64,
    ) -> Result<Option<Fence>, StoreError> {
        let sequence = self.post(&subject, partition, epoch).await?;
        Ok(sequence.map(|sequence| {
            Fence(Arc::new(Raised {
                partition: partition.to_owned(),
                epoch,
                subject,
                sequence: AtomicU64::new(sequence),
                raising: Mutex::new(()),
                turn: Mutex::new(()),
            }))
        }))
    }

    /// Raises a fence again behind which a message was refused. False if the lease is lost.
    pub(super) async fn raise_again(
        &self,
        fence: &Fence,
        refused: u64,
    ) -> Result<bool, StoreError> {
        let raised = &fence.0;
        let _one_of_all_drives = raised.raising.lock().await;
        if fence.sequence() != Some(refused) {
            return Ok(fence.sequence().is_some());
        }
        let sequence = self
            .post(&raised.subject, &raised.partition, raised.epoch)
            .await?;
        raised
            .sequence
            .store(sequence.unwrap_or_default(), Ordering::Release);
        Ok(sequence.is_some())
    }

    /// The lease decides, not what stands in the stream: limits may have dropped a fence, and a bucket of
    /// leases that was lost begins with low epochs again. It is read before, and after, because another
    /// worker may take the lease meanwhile and its own fence be dropped.
    async fn post(
        &self,
        subject: &str,
        partition: &str,
        epoch: u64,
    ) -> Result<Option<u64>, StoreError> {
        let post = Post {
            epoch,
            worker: self.worker.clone(),
        };
        loop {
            if !self.has_lease(partition, epoch).await? {
                return Ok(None);
            }
            let (sequence, standing) = self.standing(subject).await?;
            if standing.as_ref() == Some(&post) {
                return Ok(Some(sequence));
            }
            if let Some(sequence) = self.publish(subject, &post, sequence).await? {
                let is_ours = self.has_lease(partition, epoch).await?;
                return Ok(is_ours.then_some(sequence));
            }
        }
    }

    async fn has_lease(&self, partition: &str, epoch: u64) -> Result<bool, StoreError> {
        let Some(message) = read(&self.leases, &lease_key(partition)).await? else {
            return Ok(false);
        };
        let record: Option<LeaseRecord> = serde_json::from_slice(&message.payload).ok();
        Ok(record.is_some_and(|record| record.owner == self.worker && record.epoch == epoch))
    }

    /// The fence in the stream and its sequence; 0 if there is none.
    async fn standing(&self, subject: &str) -> Result<(u64, Option<Post>), StoreError> {
        let last = self.changes.raw_message_builder().last_by_subject(subject);
        match last.send().await {
            Ok(message) => {
                let post = serde_json::from_slice(&message.payload).ok();
                Ok((message.sequence, post))
            }
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok((0, None)),
            Err(error) => {
                let text = chain(&error);
                Err(
                    StoreError::new(format!("the fence {subject} cannot be read: {text}"))
                        .with_source(error),
                )
            }
        }
    }

    /// `None` if another one was raised meanwhile.
    async fn publish(
        &self,
        subject: &str,
        post: &Post,
        expected: u64,
    ) -> Result<Option<u64>, StoreError> {
        let body = serde_json::to_vec(post).expect("a number and a text serialize");
        let jetstream = self.connection.jetstream();
        let to = subject.to_owned();
        let sequence = publish_after(jetstream, to, HeaderMap::new(), body.into(), expected).await;
        sequence.map_err(|error| {
            let text = chain(&error);
            StoreError::new(format!("the fence {subject} cannot be raised: {text}"))
                .with_source(error)
        })
    }
}
