//! What can be asked about a session while it runs.

use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use super::machine::State;

/// Where a session is at this moment. Events tell of it in their order, which may be later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionState {
    /// Asking Graph for an endpoint; not live.
    Acquiring,
    /// Connecting to the notification server; not live.
    Opening,
    /// Waiting before the next attempt; not live.
    Backoff,
    /// The server has acknowledged the namespace: changes are announced.
    Live,
    /// Live, and a connection to a new endpoint is being made beside it.
    Renewing,
    /// Over: closed, or ended by an error.
    Closed,
}

impl SessionState {
    const ALL: [Self; 6] = [
        Self::Acquiring,
        Self::Opening,
        Self::Backoff,
        Self::Live,
        Self::Renewing,
        Self::Closed,
    ];

    /// A stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acquiring => "acquiring",
            Self::Opening => "opening",
            Self::Backoff => "backoff",
            Self::Live => "live",
            Self::Renewing => "renewing",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<State> for SessionState {
    fn from(state: State) -> Self {
        match state {
            State::Acquiring => Self::Acquiring,
            State::Opening => Self::Opening,
            State::Waiting { .. } => Self::Backoff,
            State::Live => Self::Live,
            State::Renewing(_) => Self::Renewing,
            State::Closed => Self::Closed,
        }
    }
}

/// What a subscription has been through so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SubscriptionStats {
    /// Notifications that the service has sent.
    pub notifications: u64,
    /// How many events were merged into earlier ones because the consumer was behind.
    pub coalesced: u64,
    /// How often the session became live again after a time without a connection.
    pub reconnects: u64,
    /// How often a new endpoint has taken over without such a time.
    pub renewals: u64,
    /// When the service last sent an event.
    pub last_event_at: Option<SystemTime>,
    /// How many events wait for the consumer.
    pub pending: usize,
}

/// What the session's task and its handle share.
#[derive(Debug, Default)]
pub(crate) struct SharedStats {
    state: AtomicU8,
    notifications: AtomicU64,
    reconnects: AtomicU64,
    renewals: AtomicU64,
    /// In microseconds since 1970; 0 before the first.
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
    fn every_state_can_be_told() {
        let stats = SharedStats::default();
        for state in SessionState::ALL {
            stats.set_state(state);
            assert_eq!(stats.state(), state);
        }
    }
}
