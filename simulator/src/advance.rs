//! How far a test has moved the simulator's time, so that what was issued expires without a wait.
//!
//! Nothing that a client can read is moved: what is issued afterwards has its usual lifetime, by the
//! clock of the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock;

#[derive(Debug, Default)]
pub(crate) struct Advance {
    micros: AtomicI64,
}

impl Advance {
    pub(crate) fn by(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        // Never fails: the function always returns a value.
        let _ = self
            .micros
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |total| {
                Some(total.saturating_add(micros))
            });
    }

    /// The total so far, in microseconds.
    pub(crate) fn total(&self) -> i64 {
        self.micros.load(Ordering::Relaxed)
    }

    /// Microseconds since the Unix epoch, by the simulator's own time.
    pub(crate) fn now(&self) -> i64 {
        clock::unix_microseconds().saturating_add(self.total())
    }
}
