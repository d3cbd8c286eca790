//! What a subscription emits.

use super::lifecycle::Lifecycle;
use super::notification::Notification;

/// An event of a subscription, or of a member of a set. Events come in the order in which they
/// happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something changed, or may have.
    Notification(Notification),
    /// The session itself has changed.
    Lifecycle {
        /// What happened.
        change: Lifecycle,
        /// How many earlier changes of the same kind this one replaces because the queue was full;
        /// usually 0.
        coalesced: u64,
    },
}
