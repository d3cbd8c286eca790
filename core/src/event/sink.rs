use std::fmt;

use super::event::Event;
use super::mailbox::Mailbox;
use crate::Error;

/// Where a session publishes its events: the queue of one subscription, or a place in the queue of
/// a set. The session does not know which.
pub(crate) trait EventSink: fmt::Debug + Send + Sync {
    /// Adds an event and wakes the consumer.
    fn push(&self, event: Event);

    /// Adds an event without waking the consumer: a batch ends with one [`wake`](Self::wake).
    fn add(&self, event: Event);

    /// Wakes a consumer that waits although events are there.
    fn wake(&self);

    /// The session has ended with this error.
    fn fail(&self, error: Error);

    /// The consumer wants no more events.
    fn close(&self);
}

impl EventSink for Mailbox {
    fn push(&self, event: Event) {
        self.push(event);
    }

    fn add(&self, event: Event) {
        self.add(event);
    }

    fn wake(&self) {
        self.wake();
    }

    fn fail(&self, error: Error) {
        self.fail(error);
    }

    fn close(&self) {
        self.close();
    }
}
