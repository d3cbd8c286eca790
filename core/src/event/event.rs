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

/// What an event takes in memory beside the text of the service, about.
const OVERHEAD: usize = 512;

impl Event {
    /// How many bytes it takes while it waits, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Notification(note) => OVERHEAD + note.payload_size(),
            Self::Lifecycle { .. } => OVERHEAD,
        }
    }
}
