//! How often a server can make us log.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// How many records of one place in the code pass in a second.
const PER_SECOND: u32 = 5;

/// Counts the records of one place in the code. A static, because a server may open many
/// connections.
#[derive(Debug)]
pub(crate) struct LogLimit {
    /// In seconds since the first record of the process.
    second: AtomicU64,
    count: AtomicU32,
    suppressed: AtomicU64,
}

impl LogLimit {
    pub(crate) const fn new() -> Self {
        Self {
            second: AtomicU64::new(0),
            count: AtomicU32::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// Whether a record may pass: how many have not since the last one that did.
    pub(crate) fn pass(&self) -> Option<u64> {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        self.pass_at(FIRST.get_or_init(Instant::now).elapsed().as_secs())
    }

    fn pass_at(&self, second: u64) -> Option<u64> {
        if self.second.swap(second, Relaxed) != second {
            self.count.store(0, Relaxed);
        }
        if self.count.fetch_add(1, Relaxed) < PER_SECOND {
            return Some(self.suppressed.swap(0, Relaxed));
        }
        // The counter does not wrap in a second.
        self.suppressed.fetch_add(1, Relaxed);
        None
    }
}

/// A log record that a server can cause as often as it likes: some of them in a second, and then how
/// many were left out.
macro_rules! limited {
    ($level:ident, $($record:tt)+) => {
        if tracing::enabled!(tracing::Level::$level) {
            static LIMIT: $crate::log_limit::LogLimit = $crate::log_limit::LogLimit::new();
            if let Some(suppressed) = LIMIT.pass() {
                tracing::event!(tracing::Level::$level, suppressed, $($record)+);
            }
        }
    };
}

pub(crate) use limited;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_records_pass_in_a_second_and_the_others_are_counted() {
        let limit = LogLimit::new();
        let passed: Vec<_> = (0..1000).filter_map(|_| limit.pass_at(7)).collect();
        assert_eq!(passed, [0; 5]);
        assert_eq!(limit.pass_at(8), Some(995));
        assert_eq!(limit.pass_at(8), Some(0));
    }
}
