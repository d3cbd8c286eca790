//! The records of leases, as a watch keeps them up to date.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_nats::jetstream::kv::{Entry, Operation, Store};
use drivebell_store::Ownership;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::sleep;

use super::error::chain;
use super::records::{LeaseRecord, partition_of_key};

/// Between two attempts to watch.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct OwnershipCache {
    records: Mutex<HashMap<String, Known>>,
    /// Everything up to this sequence of the bucket is in `records`. `None` before the first watch has
    /// delivered everything.
    reached: watch::Sender<Option<u64>>,
    /// Counts changes, other than that a worker lives on.
    changes: watch::Sender<u64>,
    rebuild: Notify,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    partition: String,
    record: LeaseRecord,
    revision: u64,
}

impl OwnershipCache {
    pub(super) fn new() -> Self {
        Self {
            records: Mutex::default(),
            reached: watch::Sender::new(None),
            changes: watch::Sender::new(0),
            rebuild: Notify::new(),
        }
    }

    pub(super) fn reached(&self) -> watch::Receiver<Option<u64>> {
        self.reached.subscribe()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Reads everything again.
    pub(super) fn rebuild(&self) {
        self.reached.send_replace(None);
        self.rebuild.notify_one();
    }

    /// Nothing is stored between what was reached and this sequence.
    pub(super) fn skip_to(&self, sequence: u64) {
        self.reached.send_if_modified(|reached| {
            let moves = reached.is_some_and(|reached| reached < sequence);
            if moves {
                *reached = Some(sequence);
            }
            moves
        });
    }

    /// All records, and how many changes there were.
    pub(super) fn list(&self) -> (Vec<Ownership>, u64) {
        let records = self.lock();
        let changes = *self.changes.borrow();
        let records = records
            .values()
            .map(|known| known.record.ownership(&known.partition, known.revision));
        (records.collect(), changes)
    }

    /// Watches the bucket for ever.
    pub(super) async fn feed(&self, bucket: &Store) {
        loop {
            let ended = tokio::select! {
                error = self.watch(bucket) => error,
                () = self.rebuild.notified() => {
                    tracing::debug!(bucket = bucket.name, "reading the leases again");
                    continue;
                }
            };
            tracing::debug!(
                bucket = bucket.name,
                error = ended,
                "the watch of leases ended: watching again"
            );
            self.reached.send_replace(None);
            sleep(PAUSE).await;
        }
    }

    /// Returns why the watch has ended.
    async fn watch(&self, bucket: &Store) -> String {
        let mut watch = match bucket.watch_with_history(">").await {
            Ok(watch) => watch,
            Err(error) => return chain(&error).to_string(),
        };
        // What is deleted while nobody watches does not come: the former records are not kept.
        let mut first: Option<HashMap<String, Known>> = Some(HashMap::new());
        loop {
            let entry = match watch.next().await {
                Some(Ok(entry)) => entry,
                Some(Err(error)) => return chain(&error).to_string(),
                None => return "the subscription has ended".to_owned(),
            };
            let is_last = entry.delta == 0;
            let revision = entry.revision;
            if let Some(records) = &mut first {
                take(records, entry);
                if is_last {
                    self.replace(first.take().unwrap_or_default());
                    self.reached.send_replace(Some(revision));
                }
                continue;
            }
            if take(&mut self.lock(), entry) {
                self.changes.send_modify(|changes| *changes += 1);
            }
            self.skip_to(revision);
        }
    }

    fn replace(&self, records: HashMap<String, Known>) {
        let mut known = self.lock();
        let same = known.len() == records.len()
            && records.iter().all(|(key, new)| {
                let old = known.get(key);
                old.is_some_and(|old| old.record == new.record)
            });
        *known = records;
        drop(known);
        if !same {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes what the watch says about a key. Whether more has changed than the revision.
fn take(records: &mut HashMap<String, Known>, entry: Entry) -> bool {
    let Some(partition) = partition_of_key(&entry.key) else {
        return false;
    };
    if entry.operation != Operation::Put {
        return records.remove(&entry.key).is_some();
    }
    let record = serde_json::from_slice(&entry.value).unwrap_or_else(|error| {
        tracing::warn!(
            key = entry.key,
            error = %error,
            "a lease cannot be read, and counts as nobody's: only drivebell-fleet may write there"
        );
        LeaseRecord::default()
    });
    let known = Known {
        partition,
        record,
        revision: entry.revision,
    };
    let before = records.insert(entry.key, known.clone());
    before.is_none_or(|before| before.record != known.record)
}
