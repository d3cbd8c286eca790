//! The consumer's handle of many sessions.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::member::Member;
use super::members::Members;
use crate::latch::Latch;
use crate::{Client, Event};

/// Many subscriptions, of one user or of several: a [`Stream`] of their events, in order of
/// arrival.
///
/// Each member behaves like a [`Subscription`](crate::Subscription). A permanent refusal ends only
/// that member, with [`Lifecycle::Ended`](crate::Lifecycle::Ended); the others continue. The stream
/// ends only when the set is closed, because members may be [added](Members::add) at any time.
///
/// Events wait in one bounded queue
/// ([`mailbox_capacity`](crate::ClientBuilder::mailbox_capacity)). When it is full, an event merges
/// only with waiting events of the same member. Each member may still exceed the capacity by one
/// notification and the lifecycle changes before and after it.
///
/// Dropping the set closes it in the background; [`close`](Self::close) also waits until the
/// connections are closed. Closing the client that made the set closes it too.
pub struct SubscriptionSet {
    members: Members,
    end: Arc<Latch>,
    finished: bool,
}

/// An event of a member of a set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetEvent {
    /// The member that it belongs to.
    pub member: Member,
    /// What happened.
    pub event: Event,
}

impl SubscriptionSet {
    pub(crate) fn new(client: Client) -> Self {
        let (members, end) = Members::new(client);
        Self {
            members,
            end,
            finished: false,
        }
    }

    /// The members, to add, remove and inspect them.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Closes all connections and ends the stream, and waits until both are done. Events that were
    /// not read are discarded. Closing twice is harmless.
    pub async fn close(&self) {
        self.start_close();
        self.closed().await;
    }

    /// Starts to close, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&self) {
        self.members.start_close();
    }

    /// Waits until the set is closed and every session has ended.
    pub async fn closed(&self) {
        self.end.wait().await;
    }

    /// The next event, if one waits. Together with [`poll_waiting`](Self::poll_waiting), this is
    /// for a consumer with its own loop. Use either these two or the stream.
    pub fn try_next(&self) -> Option<SetEvent> {
        let (sender, event) = self.members.mailbox().take()?;
        Some(SetEvent {
            member: Member(sender),
            event,
        })
    }

    /// How many events wait for the consumer.
    pub fn pending(&self) -> usize {
        self.members.mailbox().len()
    }

    /// True when no more events will follow.
    pub fn is_closed(&self) -> bool {
        self.members.mailbox().is_closed()
    }

    /// Ready when events wait, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.members.mailbox().poll_waiting(cx)
    }
}

impl Stream for SubscriptionSet {
    type Item = SetEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SetEvent>> {
        while !self.finished {
            if let Some(event) = self.try_next() {
                return Poll::Ready(Some(event));
            }
            self.finished = self.is_closed();
            if !self.finished {
                std::task::ready!(self.poll_waiting(cx));
            }
        }
        Poll::Ready(None)
    }
}

impl FusedStream for SubscriptionSet {
    fn is_terminated(&self) -> bool {
        self.finished
    }
}

impl Drop for SubscriptionSet {
    fn drop(&mut self) {
        self.start_close();
    }
}

impl fmt::Debug for SubscriptionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionSet")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
