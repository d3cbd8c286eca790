//! The consumer's handle of one session.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::watch;

use super::open_handles::Handle;
use super::order::{self, Order};
use super::stats::{SessionState, SharedStats, SubscriptionStats};
use crate::event::{EventSink, Item, Mailbox};
use crate::label::Label;
use crate::latch::{Latch, SetOnDrop};
use crate::{Error, Event, Resource};

/// A subscription to one resource: a [`Stream`] of [`Event`]s in the order in which they happened.
/// It ends after its first error.
///
/// A subscription survives every temporary failure: it reconnects, and then emits one notification
/// of kind `resync`, because the service does not repeat what it could not deliver meanwhile. It
/// ends with an error only when Graph or the credential refuses it, and does so for
/// [`refusal_timeout`](crate::ClientBuilder::refusal_timeout).
///
/// Events wait in a bounded queue until they are read. Dropping the subscription closes it in the
/// background; [`close`](Self::close) also waits until the connection is closed. Closing the client
/// closes it too.
pub struct Subscription {
    resource: Resource,
    label: Label,
    mailbox: Arc<Mailbox>,
    stats: Arc<SharedStats>,
    control: Arc<Control>,
    end: Arc<Latch>,
    /// Events that the stream has taken out of the mailbox but not yet returned.
    taken: VecDeque<Item>,
    finished: bool,
}

/// Closes a subscription. Its client refers to this.
pub(super) struct Control {
    mailbox: Arc<Mailbox>,
    /// Dropped with the subscription, which closes the session too.
    orders: watch::Sender<Order>,
    closing: AtomicBool,
}

impl Handle for Control {
    fn start_close(&self) {
        self.closing.store(true, Ordering::Release);
        self.mailbox.close();
        self.orders.send_replace(Order::Close);
    }
}

impl Subscription {
    /// A subscription whose session has yet to start, and obeys `orders`.
    pub(super) fn new(
        resource: Resource,
        label: Label,
        capacity: usize,
        orders: watch::Sender<Order>,
    ) -> Self {
        let mailbox = Arc::new(Mailbox::new(capacity));
        let control = Control {
            mailbox: Arc::clone(&mailbox),
            orders,
            closing: AtomicBool::new(false),
        };
        Self {
            resource,
            label,
            mailbox,
            stats: Arc::default(),
            control: Arc::new(control),
            end: Arc::default(),
            taken: VecDeque::new(),
            finished: false,
        }
    }

    /// A subscription that has ended before its session could start.
    pub(crate) fn failed(resource: Resource, label: Label, error: Error) -> Self {
        let (orders, _) = watch::channel(Order::Continue);
        let subscription = Self::new(resource, label, 1, orders);
        subscription.stats.set_state(SessionState::Closed);
        subscription.mailbox.fail(error);
        subscription.end.set();
        subscription
    }

    /// How the client closes it.
    pub(super) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Where the session publishes its events.
    pub(super) fn sink(&self) -> Arc<dyn EventSink> {
        Arc::clone(&self.mailbox) as _
    }

    pub(super) fn shared_stats(&self) -> Arc<SharedStats> {
        Arc::clone(&self.stats)
    }

    /// To be dropped when the session has ended.
    pub(super) fn end_on_drop(&self) -> SetOnDrop {
        self.end.set_on_drop()
    }

    /// The [`label`](crate::ClientBuilder::label) of its client.
    pub fn label(&self) -> Option<&str> {
        self.label.as_str()
    }

    /// The resource that this subscription watches.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The current state of the session. The events that report it may still be waiting to be read.
    pub fn state(&self) -> SessionState {
        self.stats.state()
    }

    /// The counts of this subscription since it started.
    pub fn stats(&self) -> SubscriptionStats {
        let (coalesced, pending) = self.mailbox.counts();
        self.stats.stats(coalesced, pending + self.taken.len())
    }

    /// Closes the connection and ends the stream, and waits until both are done. Events that were
    /// not read are discarded. Closing twice is harmless.
    pub async fn close(&self) {
        self.start_close();
        self.end.wait().await;
    }

    /// Starts to close, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&self) {
        self.control.start_close();
    }

    /// Replaces a connection that is known to announce nothing, with a new endpoint.
    pub(crate) fn leave_deaf(&self) {
        order::leave_deaf(&self.control.orders);
    }

    /// Whether it was closed, by itself or with its client. An error that ends it does not close it.
    pub fn is_closed(&self) -> bool {
        self.control.closing.load(Ordering::Acquire)
    }

    /// Waits until the session has ended.
    ///
    /// # Errors
    /// The error that ended the session, unless it was closed.
    pub async fn closed(&self) -> Result<(), Error> {
        self.end.wait().await;
        self.mailbox.failure().map_or(Ok(()), Err)
    }

    /// Moves all waiting events to the end of `events`, without waiting for more. Returns false
    /// when no more events will follow.
    ///
    /// Together with [`poll_waiting`](Self::poll_waiting), this is the cheapest way to consume
    /// events in your own loop. Use either these two or the stream.
    pub fn drain(&self, events: &mut VecDeque<Result<Event, Error>>) -> bool {
        self.mailbox.drain(events)
    }

    /// Ready when events wait, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.mailbox.poll_waiting(cx)
    }
}

impl Stream for Subscription {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_closed() {
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
                // Thousands of subscriptions may wait for hours: they keep no buffer meanwhile.
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
