use std::time::SystemTime;

use async_nats::jetstream::{self, kv};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use serde::Deserialize;

use super::bucket::{BoxError, Control, ControlRecord, Records, Written};

/// The bucket, on NATS.
#[derive(Debug, Clone)]
pub struct NatsControl {
    context: jetstream::Context,
    bucket: kv::Store,
}

/// The part of a stream's description that has the server's clock.
#[derive(Deserialize)]
struct StreamInfo {
    ts: String,
}

impl NatsControl {
    /// With the context in which the bucket was opened.
    pub fn new(context: jetstream::Context, bucket: kv::Store) -> Self {
        Self { context, bucket }
    }
}

impl Control for NatsControl {
    fn watch(&self) -> BoxFuture<'_, Result<Records, BoxError>> {
        async move {
            let entries = self.bucket.watch_with_history(">").await?;
            let records = entries.map_ok(record).map_err(BoxError::from);
            Ok(records.boxed())
        }
        .boxed()
    }

    fn write(
        &self,
        key: &str,
        value: String,
        revision: u64,
    ) -> BoxFuture<'_, Result<Written, BoxError>> {
        let key = key.to_owned();
        async move {
            match self.bucket.update(key, value.into(), revision).await {
                Ok(revision) => Ok(Written::Revision(revision)),
                Err(error) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => {
                    Ok(Written::Refused)
                }
                Err(error) => Err(error.into()),
            }
        }
        .boxed()
    }

    fn time(&self) -> BoxFuture<'_, Result<SystemTime, BoxError>> {
        async move {
            let subject = format!("STREAM.INFO.{}", self.bucket.stream_name);
            let info: StreamInfo = self.context.request(subject, &()).await?;
            let time = async_nats::datetime::parse_rfc3339(&info.ts)?;
            Ok(time.into())
        }
        .boxed()
    }
}

fn record(entry: kv::Entry) -> ControlRecord {
    ControlRecord {
        key: entry.key,
        value: (entry.operation == kv::Operation::Put).then(|| entry.value.to_vec()),
        revision: entry.revision,
        created: entry.created.into(),
    }
}
