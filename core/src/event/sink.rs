//! The seam through which a session publishes its events.

use std::fmt;

use super::event::Event;
use super::mailbox::Mailbox;
use crate::Error;

/// Where a session publishes its events: the mailbox of one subscription, or that of a set. The
/// session does not know which.
pub(crate) trait EventSink: fmt::Debug + Send + Sync {
    /// Adds an event and wakes the consumer.
    fn push(&self, event: Event);

    /// Adds an event without waking the consumer. After a batch, call [`wake`](Self::wake) once.
    fn add(&self, event: Event);

    /// Wakes a consumer that waits for the events added so far.
    fn wake(&self);

    /// Publishes the error that has ended the session.
    fn fail(&self, error: Error);

    /// The consumer has closed the session: discards the events that wait.
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
