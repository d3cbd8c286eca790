use std::sync::atomic::{AtomicU64, Ordering};

use super::call::Call;

/// What a client, or its family, has sent to Microsoft Graph since it was made, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// All requests, throttled ones included. Tokens are no requests to Graph.
    pub requests: u64,
    /// Those for an endpoint.
    pub endpoint_calls: u64,
    /// What all of them cost in Graph's resource units: 2 for a delta query without a token, 1 for any
    /// other request. Microsoft does not say what an endpoint costs.
    pub resource_units: u64,
    /// Requests that Graph throttled.
    pub throttled: u64,
    /// Requests that wait now, until the limits let them go.
    pub waiting: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    waiting: AtomicU64,
    requests: AtomicU64,
    endpoint_calls: AtomicU64,
    resource_units: AtomicU64,
    throttled: AtomicU64,
}

impl Counters {
    pub(crate) fn count(&self, call: Call) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let is_endpoint = u64::from(call == Call::Endpoint);
        self.endpoint_calls
            .fetch_add(is_endpoint, Ordering::Relaxed);
        let units = u64::from(call.resource_units());
        self.resource_units.fetch_add(units, Ordering::Relaxed);
    }

    /// Counts a request that waits, until this is dropped.
    pub(crate) fn count_waiting(&self) -> impl Drop {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(&self.waiting)
    }

    pub(crate) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            endpoint_calls: self.endpoint_calls.load(Ordering::Relaxed),
            resource_units: self.resource_units.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }
}

struct Waiting<'a>(&'a AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
