use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::event::Mailbox;
use crate::{Error, Event, Lifecycle};

/// What a stream of changes goes through: a [`Stream`] of [`Event::Lifecycle`]. It ends with the
/// stream; if that ends with an error, [`Ended`](crate::Lifecycle::Ended) is the last event.
///
/// Events that nobody reads are merged. There is one queue for each stream of changes: of several
/// `ChangesEvents`, each gets some.
pub struct ChangesEvents {
    mailbox: Arc<Mailbox>,
    taken: VecDeque<Result<Event, Error>>,
}

impl ChangesEvents {
    pub(super) fn new(mailbox: Arc<Mailbox>) -> Self {
        Self {
            mailbox,
            taken: VecDeque::new(),
        }
    }
}

impl Stream for ChangesEvents {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let this = &mut *self;
        loop {
            match this.taken.pop_front() {
                Some(Ok(event)) => return Poll::Ready(Some(event)),
                Some(Err(error)) => {
                    return Poll::Ready(Some(Event::Lifecycle {
                        change: Lifecycle::Ended { error },
                        coalesced: 0,
                    }));
                }
                None => {}
            }
            std::task::ready!(this.mailbox.poll_waiting(cx));
            if !this.mailbox.drain(&mut this.taken) && this.taken.is_empty() {
                return Poll::Ready(None);
            }
        }
    }
}

impl fmt::Debug for ChangesEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesEvents").finish_non_exhaustive()
    }
}
