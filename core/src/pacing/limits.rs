//! What a client and all that share its HTTP stack ask of the service at once.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::lock::lock;

/// So that a restart of the service is not answered by a stampede.
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
    pub(crate) async fn endpoint_turn(&self) {
        let turn = self.endpoint_calls.take(Instant::now());
        sleep_until(turn).await;
    }

    /// Waits until another connection may be opened; it is under way as long as this is held.
    pub(crate) async fn handshake_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.handshakes.acquire().await.ok()
    }
}

/// So many a second, and as many at once after a second of quiet: the generic cell rate algorithm
/// (ITU-T I.371, annex A).
#[derive(Debug)]
struct Rate {
    interval: Duration,
    burst: Duration,
    /// When everything taken so far will have been paid for.
    paid_at: Mutex<Option<Instant>>,
}

impl Rate {
    fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self {
            interval,
            burst: Duration::from_secs(1).saturating_sub(interval),
            paid_at: Mutex::default(),
        }
    }

    /// Takes a turn, and tells when it is.
    fn take(&self, now: Instant) -> Instant {
        let mut paid_at = lock(&self.paid_at);
        let since = paid_at.map_or(now, |paid| paid.max(now));
        *paid_at = Some(since + self.interval);
        since
            .checked_sub(self.burst)
            .map_or(now, |turn| turn.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_the_rest_spread_out() {
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
        let first = limits.handshake_turn().await;
        let second = tokio::time::timeout(Duration::from_secs(60), limits.handshake_turn());
        assert!(second.await.is_err());
        drop(first);
        assert!(limits.handshake_turn().await.is_some());
    }
}
