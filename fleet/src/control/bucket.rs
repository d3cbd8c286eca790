use std::time::SystemTime;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

/// Why the bucket did not do what it was asked for.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What budgets and pauses need of the bucket.
pub trait Control: Send + Sync + 'static {
    /// All records, and then each that changes, until the connection is lost.
    fn watch(&self) -> BoxFuture<'_, Result<Records, BoxError>>;

    /// Writes a record, if its revision is this one still: 0 if there has never been one.
    fn write(
        &self,
        key: &str,
        value: String,
        revision: u64,
    ) -> BoxFuture<'_, Result<Written, BoxError>>;

    /// The server's clock, by which the records are dated.
    fn time(&self) -> BoxFuture<'_, Result<SystemTime, BoxError>>;
}

pub(crate) type Records = BoxStream<'static, Result<ControlRecord, BoxError>>;

/// A record of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRecord {
    /// Its key.
    pub key: String,
    /// `None` if it was removed.
    pub value: Option<Vec<u8>>,
    /// Its revision.
    pub revision: u64,
    /// When it was written, by the server's clock.
    pub created: SystemTime,
}

/// What has become of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is the record, with this revision.
    Revision(u64),
    /// Another worker was first.
    Refused,
}
