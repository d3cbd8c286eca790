use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::event::Mailbox;
use crate::label::Label;
use crate::{Error, Event, Lifecycle};

/// What a stream of changes goes through: a [`Stream`] of [`Event::Lifecycle`]. It ends with the
/// stream; if that ends with an error, [`Ended`](crate::Lifecycle::Ended) is the last event.
///
/// Events that nobody reads are merged. There is one queue for each stream of changes: of several
/// `ChangesEvents`, each gets some.
pub struct ChangesEvents {
    mailbox: Arc<Mailbox>,
    label: Label,
    taken: VecDeque<Result<Event, Error>>,
    /// Nothing follows what was taken.
    ended: bool,
}

impl ChangesEvents {
    pub(super) fn new(mailbox: Arc<Mailbox>, label: Label) -> Self {
        Self {
            mailbox,
            label,
            taken: VecDeque::new(),
            ended: false,
        }
    }

    /// The [`label`](crate::ClientBuilder::label) of the client.
    pub fn label(&self) -> Option<&str> {
        self.label.as_str()
    }

    /// The next event, if one waits. Together with [`poll_waiting`](Self::poll_waiting), this is
    /// the way to consume events in your own loop. Use either these two or the stream.
    pub fn try_next(&mut self) -> Option<Event> {
        if self.taken.is_empty() && !self.ended {
            self.ended = !self.mailbox.drain(&mut self.taken);
        }
        Some(match self.taken.pop_front()? {
            Ok(event) => event,
            Err(error) => Event::Lifecycle {
                change: Lifecycle::Ended { error },
                coalesced: 0,
            },
        })
    }

    /// Whether there are no more events, nor will there be.
    pub fn has_ended(&self) -> bool {
        self.ended && self.taken.is_empty()
    }

    /// Ready when events wait, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.ended || !self.taken.is_empty() {
            return Poll::Ready(());
        }
        self.mailbox.poll_waiting(cx)
    }
}

impl Stream for ChangesEvents {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            if let Some(event) = self.try_next() {
                return Poll::Ready(Some(event));
            }
            if self.has_ended() {
                return Poll::Ready(None);
            }
            std::task::ready!(self.poll_waiting(cx));
        }
    }
}

impl fmt::Debug for ChangesEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesEvents").finish_non_exhaustive()
    }
}
