//! The seam through which a session publishes its events.

use std::fmt;
use std::sync::Arc;

use super::event::Event;
use super::mailbox::Mailbox;
use super::shared_mailbox::{Sender, SharedMailbox};
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

/// Publishes the events of a member into the mailbox of its set.
#[derive(Debug)]
pub(crate) struct MemberSink<S> {
    pub(crate) mailbox: Arc<SharedMailbox<S>>,
    pub(crate) sender: Arc<Sender<S>>,
}

impl<S: fmt::Debug + Send + Sync> EventSink for MemberSink<S> {
    fn push(&self, event: Event) {
        self.mailbox.push(&self.sender, event);
    }

    fn add(&self, event: Event) {
        self.mailbox.add(&self.sender, event);
    }

    fn wake(&self) {
        self.mailbox.wake();
    }

    fn fail(&self, error: Error) {
        self.mailbox.fail(&self.sender, error);
    }

    fn close(&self) {
        self.mailbox.remove(&self.sender);
    }
}
