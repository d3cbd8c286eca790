//! The records of leases and checkpoints, and how one is written.

use std::error::Error as _;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use drivebell_store::{Checkpoint, Ownership, StoreError};
use serde::{Deserialize, Serialize};

use super::error::chain;
use super::key_text::{decode, token, tokens};

/// Before the records of workers.
const WORKER: &str = "worker/";

/// Before the records of partitions.
const PARTITION: &str = "part/";

/// How long the mark stays that stands for a deleted record.
const MARK_TIME: Duration = Duration::from_secs(60 * 60);

const OPERATION: &str = "KV-Operation";

/// Who has a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeaseRecord {
    #[serde(default)]
    pub(crate) owner: String,
    pub(crate) epoch: u64,
    #[serde(default)]
    weight: u64,
}

impl LeaseRecord {
    pub(super) fn of(ownership: &Ownership) -> Self {
        Self {
            owner: ownership.owner.clone(),
            epoch: ownership.epoch,
            weight: ownership.weight,
        }
    }

    pub(super) fn ownership(&self, partition: &str, revision: u64) -> Ownership {
        Ownership {
            partition: partition.to_owned(),
            owner: self.owner.clone(),
            epoch: self.epoch,
            weight: self.weight,
            revision: Some(revision.to_string()),
        }
    }

    pub(super) fn to_json(&self) -> Bytes {
        serde_json::to_vec(self)
            .expect("texts and numbers serialize")
            .into()
    }
}

/// Whether the record of this partition may be deleted.
pub(super) fn is_of_worker(partition: &str) -> bool {
    partition.starts_with(WORKER)
}

/// Where the record of a partition is, or of a worker.
pub(crate) fn lease_key(partition: &str) -> String {
    match partition.strip_prefix(WORKER) {
        Some(worker) => format!("{WORKER}{}", token(worker)),
        None => format!("{PARTITION}{}", token(partition)),
    }
}

/// What a key of the bucket of leases is about. `None` for other keys.
pub(super) fn partition_of_key(key: &str) -> Option<String> {
    if let Some(worker) = key.strip_prefix(WORKER) {
        return Some(format!("{WORKER}{}", decode(worker)?));
    }
    decode(key.strip_prefix(PARTITION)?)
}

/// How far a drive was followed.
#[derive(Serialize, Deserialize)]
struct CheckpointRecord {
    #[serde(default)]
    checkpoint: String,
    epoch: u64,
    #[serde(default)]
    sequence: u64,
    #[serde(default)]
    memo: String,
}

pub(super) fn checkpoint_key(partition: &str, drive: &str) -> String {
    format!("{}.{}", token(partition), tokens(drive))
}

/// Matches the keys of a partition's checkpoints.
pub(super) fn checkpoint_filter(partition: &str) -> String {
    format!("{}.>", token(partition))
}

pub(super) fn checkpoint_json(checkpoint: &Checkpoint) -> Bytes {
    let record = CheckpointRecord {
        checkpoint: checkpoint.checkpoint.clone(),
        epoch: checkpoint.epoch,
        sequence: checkpoint.sequence,
        memo: checkpoint.memo.clone(),
    };
    serde_json::to_vec(&record)
        .expect("texts and numbers serialize")
        .into()
}

/// Reads a record of the bucket of checkpoints. `None` if there is no drive of this key.
pub(super) fn read_checkpoint(
    key: &str,
    revision: u64,
    json: &[u8],
) -> Result<Option<Checkpoint>, StoreError> {
    let names = key.split_once('.');
    let Some((Some(partition), Some(drive))) = names.map(|(a, b)| (decode(a), decode(b))) else {
        return Ok(None);
    };
    let record: CheckpointRecord = serde_json::from_slice(json).map_err(|error| {
        // The error tells a place, and nothing of the text.
        StoreError::new(format!(
            "the checkpoint {key} cannot be read ({error}): restore it, or delete it to follow that \
             drive from its beginning"
        ))
    })?;
    Ok(Some(Checkpoint {
        partition,
        drive,
        checkpoint: record.checkpoint,
        epoch: record.epoch,
        sequence: record.sequence,
        memo: record.memo,
        revision: Some(revision.to_string()),
    }))
}

/// What is written.
pub(super) enum Write {
    Put(Bytes),
    Delete,
}

/// Writes a record if its revision is unchanged, and returns the new one.
pub(super) async fn write(
    jetstream: &jetstream::Context,
    bucket: &Store,
    key: &str,
    write: &Write,
    revision: Option<&str>,
) -> Result<Option<u64>, StoreError> {
    let expected = match revision {
        None => 0,
        Some(revision) => match revision.parse() {
            Ok(revision) => revision,
            // No record has such a revision.
            Err(_) => return Ok(None),
        },
    };
    let written = publish(jetstream, bucket, key, write, expected).await?;
    if written.is_some() || revision.is_some() {
        return Ok(written);
    }
    match mark(bucket, key).await? {
        Some(mark) => publish(jetstream, bucket, key, write, mark).await,
        None => Ok(None),
    }
}

async fn publish(
    jetstream: &jetstream::Context,
    bucket: &Store,
    key: &str,
    write: &Write,
    expected: u64,
) -> Result<Option<u64>, StoreError> {
    let mut headers = HeaderMap::new();
    let value = match write {
        Write::Put(value) => value.clone(),
        Write::Delete => {
            headers.insert(OPERATION, "DEL");
            if bucket.stream.cached_info().config.allow_message_ttl {
                let time = HeaderValue::from(MARK_TIME.as_secs());
                headers.insert(header::NATS_MESSAGE_TTL, time);
            }
            Bytes::new()
        }
    };
    let subject = format!("{}{key}", bucket.prefix);
    let sequence = publish_after(jetstream, subject, headers, value, expected).await;
    sequence.map_err(|error| {
        let text = chain(&error);
        let bucket = &bucket.name;
        StoreError::new(format!(
            "NATS did not confirm that {key} was written to the bucket {bucket}: {text}"
        ))
        .with_source(error)
    })
}

/// Publishes a message if the last one of its subject has this sequence; 0: if there is none. Returns its
/// own. `None` if another one was faster.
pub(crate) async fn publish_after(
    jetstream: &jetstream::Context,
    subject: String,
    mut headers: HeaderMap,
    body: Bytes,
    expected: u64,
) -> Result<Option<u64>, PublishError> {
    headers.insert(
        header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
        HeaderValue::from(expected),
    );
    let acknowledged = match jetstream.publish_with_headers(subject, headers, body).await {
        Ok(ack) => ack.await,
        Err(error) => Err(error),
    };
    match acknowledged {
        Ok(ack) => Ok(Some(ack.sequence)),
        Err(error) if is_wrong_sequence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The revision of the mark that a deleted record has left.
async fn mark(bucket: &Store, key: &str) -> Result<Option<u64>, StoreError> {
    let subject = format!("{}{key}", bucket.prefix);
    let last = bucket.stream.raw_message_builder().last_by_subject(subject);
    match last.send().await {
        Ok(message) => Ok(is_mark(&message.headers).then_some(message.sequence)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(unread(bucket, key, error)),
    }
}

/// Whether a message stands for a record that was deleted.
pub(super) fn is_mark(headers: &HeaderMap) -> bool {
    headers
        .get(OPERATION)
        .is_some_and(|it| it.as_str() != "PUT")
        || headers.get(header::NATS_MARKER_REASON).is_some()
}

/// A record as it is on the server that writes it: later than every write that has succeeded.
pub(crate) async fn read(bucket: &Store, key: &str) -> Result<Option<StreamMessage>, StoreError> {
    let subject = format!("{}{key}", bucket.prefix);
    let last = bucket.stream.raw_message_builder().last_by_subject(subject);
    match last.send().await {
        Ok(message) => Ok((!is_mark(&message.headers)).then_some(message)),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(unread(bucket, key, error)),
    }
}

fn unread(
    bucket: &Store,
    key: &str,
    error: async_nats::jetstream::stream::RawMessageError,
) -> StoreError {
    let text = chain(&error);
    let bucket = &bucket.name;
    StoreError::new(format!(
        "{key} of the bucket {bucket} cannot be read: {text}"
    ))
    .with_source(error)
}

/// Whether a server refused a message because another one was faster.
pub(crate) fn is_wrong_sequence(error: &PublishError) -> bool {
    error.kind() == PublishErrorKind::WrongLastSequence
        || code(error) == Some(ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT)
}

/// What JetStream says about a message that it did not store.
pub(crate) fn code(error: &PublishError) -> Option<ErrorCode> {
    let source = error.source()?.downcast_ref::<jetstream::Error>()?;
    Some(source.error_code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_partitions_and_workers() {
        for partition in [
            "p0001",
            "worker/a-1",
            "part/x",
            "a.b",
            "",
            "worker/",
            "workers",
        ] {
            let key = lease_key(partition);
            assert_eq!(partition_of_key(&key).as_deref(), Some(partition), "{key}");
        }
        assert_eq!(lease_key("p0001"), "part/p0001");
        assert_eq!(lease_key("worker/eu-1"), "worker/eu-1");
        assert_eq!(partition_of_key("settings"), None);
    }

    #[test]
    fn a_checkpoint_comes_back() {
        for (partition, drive) in [("p0001", "a.b"), ("a.b", ".x."), ("", ""), ("p", "ü *")] {
            let checkpoint = Checkpoint {
                partition: partition.to_owned(),
                drive: drive.to_owned(),
                checkpoint: "c".to_owned(),
                epoch: 3,
                sequence: 4,
                memo: "m".to_owned(),
                revision: Some("7".to_owned()),
            };
            let key = checkpoint_key(partition, drive);
            let filter = checkpoint_filter(partition);
            assert!(key.starts_with(filter.trim_end_matches('>')));
            let read = read_checkpoint(&key, 7, &checkpoint_json(&checkpoint)).unwrap();
            assert_eq!(read, Some(checkpoint));
        }
        assert_eq!(read_checkpoint("settings", 1, b"{}").unwrap(), None);
        let error = read_checkpoint("p.d", 1, b"{\"checkpoint\":\"s3cret\"").unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}
