//! The state and the counts of a session, which its handle reads while the task runs.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use crate::names::names;

names! {
    /// The current state of a session. The events that report it may still be waiting to be read.
    pub enum SessionState {
        /// Asking Graph for an endpoint; not live.
        Acquiring = "acquiring",
        /// Waiting until a person has signed in; not live.
        SigningIn = "signing_in",
        /// Connecting to the notification server; not live.
        Opening = "opening",
        /// Waiting before the next attempt; not live.
        Backoff = "backoff",
        /// Connected: the server has acknowledged the namespace, and sends notifications.
        Live = "live",
        /// Live, while a second connection on a new endpoint is in preparation.
        Renewing = "renewing",
        /// Closed by the consumer, or ended by an error.
        Closed = "closed",
    }
}

/// Counts of a subscription since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SubscriptionStats {
    /// Notifications that the service has sent, counted before any were merged.
    pub notifications: u64,
    /// Events that were merged into others because the queue was full.
    pub coalesced: u64,
    /// How often the session became live again after it had lost its connection.
    pub reconnects: u64,
    /// How often a new endpoint has replaced the previous one without a gap.
    pub renewals: u64,
    /// When the service last sent a notification; `None` before the first.
    pub last_event_at: Option<SystemTime>,
    /// Events that wait for the consumer.
    pub pending: usize,
}

/// Written by the session's task, and read by its handle.
#[derive(Debug, Default)]
pub(crate) struct SharedStats {
    state: AtomicU8,
    notifications: AtomicU64,
    reconnects: AtomicU64,
    renewals: AtomicU64,
    /// In microseconds since 1970; 0 before the first notification.
    last_event_at: AtomicU64,
}

impl SharedStats {
    pub(crate) fn set_state(&self, state: SessionState) {
        let index = SessionState::ALL.iter().position(|known| *known == state);
        let index = index.and_then(|index| u8::try_from(index).ok());
        self.state.store(index.unwrap_or_default(), Relaxed);
    }

    pub(crate) fn state(&self) -> SessionState {
        SessionState::ALL[usize::from(self.state.load(Relaxed))]
    }

    pub(crate) fn count_notification(&self, at: SystemTime) {
        self.notifications.fetch_add(1, Relaxed);
        let since = at
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        self.last_event_at.store(micros, Relaxed);
    }

    pub(crate) fn count_reconnect(&self) {
        self.reconnects.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_renewal(&self) {
        self.renewals.fetch_add(1, Relaxed);
    }

    pub(crate) fn stats(&self, coalesced: u64, pending: usize) -> SubscriptionStats {
        let last = self.last_event_at.load(Relaxed);
        SubscriptionStats {
            notifications: self.notifications.load(Relaxed),
            coalesced,
            reconnects: self.reconnects.load(Relaxed),
            renewals: self.renewals.load(Relaxed),
            last_event_at: (last != 0)
                .then(|| SystemTime::UNIX_EPOCH + Duration::from_micros(last)),
            pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_can_be_stored() {
        let stats = SharedStats::default();
        for state in SessionState::ALL {
            stats.set_state(*state);
            assert_eq!(stats.state(), *state);
        }
    }
}
