//! Limits the requests of a client family: how many at once, and how many in a time.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::bucket::Rate;
use super::limiter::Limiter;
use super::pause::Pause;
use super::usage::Counters;

/// Keeps the clients of a family from stampeding a service that has just restarted, and from
/// exceeding what Graph allows them together.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(super) endpoint_calls: Arc<Limiter>,
    /// Of the option, which holds unless another one is set.
    pub(super) default_endpoint_calls: Rate,
    pub(super) resource_units: Arc<Limiter>,
    pub(super) usage: Counters,
    pub(crate) pause: Pause,
    handshakes: Semaphore,
}

impl Limits {
    pub(crate) fn new(handshakes: usize, endpoint_calls_per_second: u32) -> Self {
        let endpoint_calls = Rate::per_second(f64::from(endpoint_calls_per_second));
        Self {
            endpoint_calls: Arc::new(Limiter::new(endpoint_calls)),
            default_endpoint_calls: endpoint_calls,
            resource_units: Arc::default(),
            usage: Counters::default(),
            pause: Pause::default(),
            handshakes: Semaphore::new(handshakes.min(Semaphore::MAX_PERMITS)),
        }
    }

    /// Waits until another connection may be opened. Hold the permit until the handshake is over.
    pub(crate) async fn acquire_handshake_permit(&self) -> Option<SemaphorePermit<'_>> {
        self.handshakes.acquire().await.ok()
    }
}

/// The limits of one user.
#[derive(Debug, Default)]
pub(super) struct UserLimits {
    pub(super) requests: Arc<Limiter>,
    pub(super) usage: Counters,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
