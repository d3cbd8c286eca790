use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::RawMessageErrorKind;
use drivebell_store::{Checkpoint, CheckpointStore, Ownership, StoreError, StoreFuture};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::error::chain;
use super::listing::Listing;
use super::ownership_cache::OwnershipCache;
use super::records::{self, LeaseRecord, Write};
use super::{Buckets, Connection, Settings};

/// How many writes wait for their acknowledgement at the same time.
const MOST_WRITES: usize = 256;

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The watch delivers sooner than this, unless it is broken or has nothing to deliver.
const PROMPT: Duration = Duration::from_millis(200);

/// A watch that is behind for this long is made again.
const PATIENCE: Duration = Duration::from_secs(1);

/// The leases and checkpoints of a fleet, in buckets of NATS.
#[derive(Debug)]
pub struct NatsStore {
    connection: Connection,
    leases: Store,
    checkpoints: Store,
    cache: Arc<OwnershipCache>,
    /// How many changes of ownership were listed.
    listed: AtomicU64,
    feed: JoinHandle<()>,
}

impl NatsStore {
    /// Begins to watch the leases, on a task that ends with the store.
    pub fn new(connection: &Connection, buckets: &Buckets) -> Self {
        let cache = Arc::new(OwnershipCache::new());
        let feed = {
            let (cache, leases) = (Arc::clone(&cache), buckets.leases.clone());
            tokio::spawn(async move { cache.feed(&leases).await })
        };
        Self {
            connection: connection.clone(),
            leases: buckets.leases.clone(),
            checkpoints: buckets.checkpoints.clone(),
            cache,
            listed: AtomicU64::new(0),
            feed,
        }
    }

    /// What is sent without a connection would be sent when it is back, when nobody expects it any more.
    fn check_connection(&self) -> Result<(), StoreError> {
        if self.connection.is_connected() {
            return Ok(());
        }
        Err(StoreError::new("there is no connection to NATS at present"))
    }

    async fn list_ownership(&self) -> Result<Vec<Ownership>, StoreError> {
        self.check_connection()?;
        let deadline = Instant::now() + LIMIT;
        let before = *self.cache.reached().borrow();
        let last = self.last_sequence(deadline).await?;
        if before.is_some_and(|before| before > last) {
            // The bucket was made again, or restored from an earlier time.
            self.cache.rebuild();
        }
        self.catch_up(last, deadline).await?;
        let (records, changes) = self.cache.list();
        self.listed.store(changes, Ordering::Relaxed);
        Ok(records)
    }

    /// How far the bucket of leases is, by the server that writes it.
    async fn last_sequence(&self, deadline: Instant) -> Result<u64, StoreError> {
        let info = timeout_at(deadline, self.leases.stream.get_info()).await;
        match info {
            Ok(Ok(info)) => Ok(info.state.last_sequence),
            Ok(Err(error)) => {
                let text = chain(&error);
                Err(
                    StoreError::new(format!("NATS does not say how far the leases are: {text}"))
                        .with_source(error),
                )
            }
            Err(_) => Err(StoreError::new("NATS does not answer in time")),
        }
    }

    /// Waits until the watch has delivered everything up to this sequence.
    async fn catch_up(&self, last: u64, deadline: Instant) -> Result<(), StoreError> {
        let mut reached = self.cache.reached();
        let is_there = |reached: &Option<u64>| reached.is_some_and(|reached| reached >= last);
        if timeout(PROMPT, reached.wait_for(is_there)).await.is_ok() {
            return Ok(());
        }
        let known = *reached.borrow();
        if let Some(known) = known
            && self.is_nothing_between(known, last).await?
        {
            self.cache.skip_to(last);
            return Ok(());
        }
        if timeout(PATIENCE, reached.wait_for(is_there)).await.is_ok() {
            return Ok(());
        }
        self.check_connection()?;
        self.cache.rebuild();
        if timeout_at(deadline, reached.wait_for(is_there))
            .await
            .is_ok()
        {
            return Ok(());
        }
        // A rebuilt cache may end before a sequence whose record was removed since.
        let known = *reached.borrow();
        if let Some(known) = known
            && self.is_nothing_between(known, last).await?
        {
            return Ok(());
        }
        Err(StoreError::new(
            "the watch of leases does not deliver what NATS has stored: it is made again",
        ))
    }

    /// Whether the bucket has no record after one sequence, up to another: those were removed since.
    async fn is_nothing_between(&self, after: u64, last: u64) -> Result<bool, StoreError> {
        let stream = &self.leases.stream;
        let next = stream
            .raw_message_builder()
            .sequence(after + 1)
            .next_by_subject(format!("{}>", self.leases.prefix));
        match next.send().await {
            Ok(message) => Ok(message.sequence > last),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(true),
            Err(error) => {
                let text = chain(&error);
                Err(
                    StoreError::new(format!("the leases cannot be read: {text}"))
                        .with_source(error),
                )
            }
        }
    }

    async fn claim(&self, claim: &Ownership) -> Result<Option<Ownership>, StoreError> {
        let key = records::lease_key(&claim.partition);
        let forgets = claim.owner.is_empty() && records::is_of_worker(&claim.partition);
        let write = if forgets {
            Write::Delete
        } else {
            Write::Put(LeaseRecord::of(claim).to_json())
        };
        let revision = self.write(&self.leases, &key, &write, claim.revision.as_deref());
        let revision = revision.await?.map(|revision| revision.to_string());
        Ok(revision.map(|revision| Ownership {
            revision: Some(revision),
            ..claim.clone()
        }))
    }

    async fn list_checkpoints(&self, partitions: &[String]) -> Result<Vec<Checkpoint>, StoreError> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        self.check_connection()?;
        let mut filters: Vec<String> = partitions
            .iter()
            .map(|partition| records::checkpoint_filter(partition))
            .collect();
        // A partition that is named twice is listed once.
        filters.sort_unstable();
        filters.dedup();
        let listing = Listing {
            client: self.connection.client(),
            bucket: &self.checkpoints,
            anchor: Settings::KEY,
            deadline: Instant::now() + LIMIT,
        };
        let records = listing.records(&filters).await?;
        let checkpoints = records
            .into_iter()
            .map(|record| records::read_checkpoint(&record.key, record.revision, &record.value));
        checkpoints.filter_map(Result::transpose).collect()
    }

    async fn update_checkpoint(
        &self,
        checkpoint: &Checkpoint,
    ) -> Result<Option<Checkpoint>, StoreError> {
        self.check_connection()?;
        let key = records::checkpoint_key(&checkpoint.partition, &checkpoint.drive);
        let write = Write::Put(records::checkpoint_json(checkpoint));
        let revision = checkpoint.revision.as_deref();
        let revision = self
            .write(&self.checkpoints, &key, &write, revision)
            .await?;
        Ok(revision.map(|revision| Checkpoint {
            revision: Some(revision.to_string()),
            ..checkpoint.clone()
        }))
    }

    async fn write(
        &self,
        bucket: &Store,
        key: &str,
        write: &Write,
        revision: Option<&str>,
    ) -> Result<Option<u64>, StoreError> {
        records::write(self.connection.jetstream(), bucket, key, write, revision).await
    }
}

impl Drop for NatsStore {
    fn drop(&mut self) {
        self.feed.abort();
    }
}

impl CheckpointStore for NatsStore {
    fn list_ownership(&self) -> StoreFuture<'_, Vec<Ownership>> {
        Box::pin(self.list_ownership())
    }

    fn claim_ownership<'a>(&'a self, claims: &'a [Ownership]) -> StoreFuture<'a, Vec<Ownership>> {
        Box::pin(async move {
            self.check_connection()?;
            let writes: Vec<_> = claims.iter().map(|claim| self.claim(claim)).collect();
            let writes = stream::iter(writes).buffered(MOST_WRITES);
            let written = writes.try_collect::<Vec<_>>().await?;
            Ok(written.into_iter().flatten().collect())
        })
    }

    fn list_checkpoints<'a>(
        &'a self,
        partitions: &'a [String],
    ) -> StoreFuture<'a, Vec<Checkpoint>> {
        Box::pin(self.list_checkpoints(partitions))
    }

    fn update_checkpoint<'a>(
        &'a self,
        checkpoint: &'a Checkpoint,
    ) -> StoreFuture<'a, Option<Checkpoint>> {
        Box::pin(self.update_checkpoint(checkpoint))
    }

    fn ownership_changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut changes = self.cache.changes();
            let has_changed = |changes: &u64| *changes != self.listed.load(Ordering::Relaxed);
            let _ = changes.wait_for(has_changed).await;
        })
    }
}
