use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::watch;

use super::stats::{SessionState, SharedStats, SubscriptionStats};
use crate::event::{Item, Mailbox};
use crate::{Error, Event, Resource};

/// A subscription: a [`Stream`] of what happens, in order, that ends after the first error.
///
/// It lives through whatever the service does. While there is no connection it makes a new one, and
/// after each such time it gives one notification of the kind `resync`, because what changed
/// meanwhile was announced to nobody. It ends with an error only when Graph, or the credential,
/// refuses it and goes on refusing ([`refusal_timeout`](crate::ClientBuilder::refusal_timeout)).
///
/// Events wait in a bounded queue until they are read. Dropping the subscription closes it without
/// waiting; [`close`](Self::close) waits for the server's goodbye.
pub struct Subscription {
    resource: Resource,
    mailbox: Arc<Mailbox>,
    stats: Arc<SharedStats>,
    stop: watch::Sender<()>,
    end: watch::Receiver<()>,
    /// What the stream took out of the mailbox and has not yet handed out.
    taken: VecDeque<Item>,
    finished: bool,
    closing: AtomicBool,
}

impl Subscription {
    pub(super) fn new(
        resource: Resource,
        mailbox: Arc<Mailbox>,
        stats: Arc<SharedStats>,
        stop: watch::Sender<()>,
        end: watch::Receiver<()>,
    ) -> Self {
        Self {
            resource,
            mailbox,
            stats,
            stop,
            end,
            taken: VecDeque::new(),
            finished: false,
            closing: AtomicBool::new(false),
        }
    }

    /// What is subscribed to.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Where the session is at this moment, which its events may tell later.
    pub fn state(&self) -> SessionState {
        self.stats.state()
    }

    /// What the subscription has been through so far.
    pub fn stats(&self) -> SubscriptionStats {
        let (coalesced, pending) = self.mailbox.counts();
        self.stats.stats(coalesced, pending + self.taken.len())
    }

    /// Says goodbye to the server and ends the stream; what waits is discarded. Closing twice is
    /// fine.
    pub async fn close(&self) {
        self.start_close();
        self.wait_for_end().await;
    }

    /// Begins to close without waiting.
    pub fn start_close(&self) {
        self.closing.store(true, Ordering::Release);
        self.mailbox.close();
        self.stop.send_replace(());
    }

    /// Waits until the session is over: `Ok` if it was closed, else the error that ended it.
    pub async fn closed(&self) -> Result<(), Error> {
        self.wait_for_end().await;
        self.mailbox.failure().map_or(Ok(()), Err)
    }

    /// Moves everything that waits to the end of `events`, without waiting; false once nothing
    /// will follow.
    ///
    /// With [`poll_waiting`](Self::poll_waiting), the cheap way for a consumer with a loop of its
    /// own. Use either these two or the stream.
    pub fn drain(&self, events: &mut VecDeque<Result<Event, Error>>) -> bool {
        self.mailbox.drain(events)
    }

    /// Ready when something waits or nothing will follow; else the waker is woken once, when that
    /// comes about.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.mailbox.poll_waiting(cx)
    }

    async fn wait_for_end(&self) {
        // Nothing is ever sent: the channel ends with the session's task.
        while self.end.clone().changed().await.is_ok() {}
    }
}

impl Stream for Subscription {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.closing.load(Ordering::Acquire) {
            this.taken.clear();
            this.finished = true;
        }
        loop {
            if let Some(item) = this.taken.pop_front() {
                return Poll::Ready(Some(item));
            }
            if this.finished {
                return Poll::Ready(None);
            }
            if this.mailbox.poll_waiting(cx).is_pending() {
                // It may wait for hours, as thousands of others do.
                this.taken = VecDeque::new();
                return Poll::Pending;
            }
            this.finished = !this.mailbox.drain(&mut this.taken);
        }
    }
}

impl FusedStream for Subscription {
    fn is_terminated(&self) -> bool {
        self.finished && self.taken.is_empty()
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("resource", &self.resource)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
