use std::sync::atomic::{AtomicU64, Ordering};

/// What an outbox has done since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OutboxStats {
    /// Messages that the stream has stored.
    pub published: u64,
    /// Messages that the stream had stored before, whose acknowledgement was lost.
    pub repeated: u64,
    /// Items that came again, and were not published again.
    pub skipped: u64,
    /// Events without their item, because they would have been too large.
    pub truncated: u64,
    /// Batches that were refused, because another worker has the partition.
    pub fenced: u64,
    /// How often a batch was published again, whatever the reason.
    pub retries: u64,
    /// How often a full stream has refused a message.
    pub full: u64,
    /// Batches that are being published at present.
    pub open: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) published: AtomicU64,
    pub(super) repeated: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) truncated: AtomicU64,
    pub(super) fenced: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) full: AtomicU64,
    pub(super) open: AtomicU64,
}

impl Counters {
    pub(super) fn stats(&self) -> OutboxStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        OutboxStats {
            published: read(&self.published),
            repeated: read(&self.repeated),
            skipped: read(&self.skipped),
            truncated: read(&self.truncated),
            fenced: read(&self.fenced),
            retries: read(&self.retries),
            full: read(&self.full),
            open: read(&self.open),
        }
    }
}

pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// Counts a batch for as long as it is published.
pub(super) struct Open<'a>(&'a AtomicU64);

impl<'a> Open<'a> {
    pub(super) fn new(counter: &'a AtomicU64) -> Self {
        add(counter, 1);
        Self(counter)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
