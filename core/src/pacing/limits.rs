//! Limits the concurrent requests of a client family, and their rate.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::lock::lock;

/// Keeps the clients of a family from stampeding a service that has just restarted.
#[derive(Debug)]
pub(crate) struct Limits {
    handshakes: Semaphore,
    endpoint_calls: Rate,
}

impl Limits {
    pub(crate) fn new(handshakes: usize, endpoint_calls_per_second: u32) -> Self {
        Self {
            handshakes: Semaphore::new(handshakes.min(Semaphore::MAX_PERMITS)),
            endpoint_calls: Rate::new(endpoint_calls_per_second),
        }
    }

    /// Waits until another endpoint call may go out.
    pub(crate) async fn acquire_endpoint_permit(&self) {
        let allowed_at = self.endpoint_calls.take(Instant::now());
        sleep_until(allowed_at).await;
    }

    /// Waits until another connection may be opened. Hold the permit until the handshake is over.
    pub(crate) async fn acquire_handshake_permit(&self) -> Option<SemaphorePermit<'_>> {
        self.handshakes.acquire().await.ok()
    }
}

/// A rate limit that allows a burst of one second's worth after a quiet second: the generic cell
/// rate algorithm (ITU-T I.371, annex A).
#[derive(Debug)]
struct Rate {
    interval: Duration,
    burst: Duration,
    /// When a caller that keeps exactly to the rate would make the next call.
    next_at: Mutex<Option<Instant>>,
}

impl Rate {
    fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self {
            interval,
            burst: Duration::from_secs(1).saturating_sub(interval),
            next_at: Mutex::default(),
        }
    }

    /// Reserves one call, and returns when it may go out.
    fn take(&self, now: Instant) -> Instant {
        let mut next_at = lock(&self.next_at);
        let regular = next_at.map_or(now, |next| next.max(now));
        *next_at = Some(regular + self.interval);
        regular
            .checked_sub(self.burst)
            .map_or(now, |allowed_at| allowed_at.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_further_calls_are_spread_out() {
        let rate = Rate::new(10);
        let now = Instant::now();
        let waits: Vec<_> = (0..13)
            .map(|_| (rate.take(now) - now).as_millis())
            .collect();
        assert_eq!(waits[..10], [0; 10]);
        assert_eq!(waits[10..], [100, 200, 300]);
        let later = now + Duration::from_secs(10);
        assert_eq!(rate.take(later), later);
    }

    #[tokio::test(start_paused = true)]
    async fn handshakes_wait_for_each_other() {
        let limits = Limits::new(1, 1);
        let first = limits.acquire_handshake_permit().await;
        let second =
            tokio::time::timeout(Duration::from_secs(60), limits.acquire_handshake_permit());
        assert!(second.await.is_err());
        drop(first);
        assert!(limits.acquire_handshake_permit().await.is_some());
    }
}
