//! What a stream of changes shows of itself, while its task runs.

use std::sync::Mutex;
use std::time::SystemTime;

use tokio::sync::watch;

use crate::lock::lock;
use crate::names::names;

names! {
    /// What a stream of changes does at present.
    pub enum ChangesState {
        /// It has not got its first page yet.
        Starting = "starting",
        /// It enumerates everything.
        Enumerating = "enumerating",
        /// It has caught up, and notifications tell it when to query.
        Live = "live",
        /// It has caught up, and queries regularly, because no notifications arrive.
        Polling = "polling",
        /// Graph cannot be reached, or its delta query fails. It tries again.
        Away = "away",
        /// It waits until a person has signed in.
        SigningIn = "signing_in",
        /// It has ended.
        Closed = "closed",
    }
}

/// Counts of a stream of changes since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChangesStats {
    /// Batches that were handed out.
    pub batches: u64,
    /// Items that were handed out.
    pub items: u64,
    /// Items that were not handed out, because they came again unchanged.
    pub repeated: u64,
    /// Delta queries that were completed.
    pub queries: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Notifications of the subscription.
    pub notifications: u64,
    /// Hints that the program passed on.
    pub hints: u64,
    /// How often Graph lost track, so that everything was enumerated again.
    pub resyncs: u64,
    /// Audits that were completed.
    pub audits: u64,
    /// How often the subscription was live again after it had lost its connection.
    pub reconnects: u64,
    /// How often a new endpoint replaced the one that was about to expire.
    pub renewals: u64,
    /// Connections that were replaced because they announced nothing.
    pub deaf: u64,
    /// When the last query was completed; `None` before the first.
    pub last_query_at: Option<SystemTime>,
    /// When items were last handed out; `None` before the first.
    pub last_items_at: Option<SystemTime>,
}

impl ChangesStats {
    /// Adds the counts of another stream.
    pub(crate) fn add(&mut self, other: &Self) {
        self.batches += other.batches;
        self.items += other.items;
        self.repeated += other.repeated;
        self.queries += other.queries;
        self.failures += other.failures;
        self.notifications += other.notifications;
        self.hints += other.hints;
        self.resyncs += other.resyncs;
        self.audits += other.audits;
        self.reconnects += other.reconnects;
        self.renewals += other.renewals;
        self.deaf += other.deaf;
        self.last_query_at = self.last_query_at.max(other.last_query_at);
        self.last_items_at = self.last_items_at.max(other.last_items_at);
    }
}

#[derive(Debug)]
pub(super) struct Status {
    shown: Mutex<Shown>,
    signing_in: watch::Receiver<bool>,
}

#[derive(Debug)]
struct Shown {
    state: ChangesState,
    stats: ChangesStats,
}

impl Status {
    pub(super) fn new(signing_in: watch::Receiver<bool>) -> Self {
        Self {
            shown: Mutex::new(Shown {
                state: ChangesState::Starting,
                stats: ChangesStats::default(),
            }),
            signing_in,
        }
    }

    pub(super) fn state(&self) -> ChangesState {
        let state = lock(&self.shown).state;
        let asks = *self.signing_in.borrow();
        match state {
            ChangesState::Starting | ChangesState::Polling | ChangesState::Away if asks => {
                ChangesState::SigningIn
            }
            state => state,
        }
    }

    pub(super) fn set_state(&self, state: ChangesState) {
        lock(&self.shown).state = state;
    }

    pub(super) fn has_ended(&self) -> bool {
        lock(&self.shown).state == ChangesState::Closed
    }

    pub(super) fn stats(&self) -> ChangesStats {
        lock(&self.shown).stats
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut ChangesStats)) {
        change(&mut lock(&self.shown).stats);
    }
}
