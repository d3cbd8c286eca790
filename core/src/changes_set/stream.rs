//! The consumer's handle of many streams of changes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::{FusedStream, Stream};
use tokio::sync::mpsc;

use super::member::{ChangesMember, Source};
use super::members::ChangesMembers;
use super::outlet::MemberBatch;
use crate::event::SharedMailbox;
use crate::latch::Latch;
use crate::{ChangesOptions, Client, Error, Event};

/// The changes of many resources, of one user or of several: a [`Stream`] of [`MemberBatch`]es.
///
/// Each member behaves like a stream of [`Client::changes`]. A refusal ends only that member; the
/// others continue. The stream ends only when the set is closed, because members may be
/// [added](ChangesMembers::add) at any time.
///
/// At most [`max_concurrent_queries`](crate::ChangesOptions::max_concurrent_queries) members have a
/// page at the same time, those that wait longest first. A page counts until the consumer has taken its
/// batch, so a slow consumer slows all members down, and memory stays bounded.
///
/// Dropping the set closes it in the background; [`close`](Self::close) also waits until the
/// connections are closed. Closing the client that made the set closes it too.
pub struct ChangesSet {
    members: ChangesMembers,
    batches: mpsc::Receiver<MemberBatch>,
    end: Arc<Latch>,
    /// What [`ChangesSet::poll_waiting`] has found.
    waiting: Option<MemberBatch>,
    finished: bool,
}

/// What the members of a set go through: a [`Stream`] of events, each with its member. It ends with the
/// set. Of a member that fails, [`Ended`](crate::Lifecycle::Ended) is the last event.
///
/// There is one queue for each set: of several `ChangesSetEvents`, each gets some. Events that nobody
/// reads are merged with others of the same member.
#[derive(Clone)]
pub struct ChangesSetEvents {
    mailbox: Arc<SharedMailbox<Source>>,
}

impl ChangesSet {
    /// # Errors
    /// `State` if the client is closed.
    pub(super) fn new(client: Client, options: &ChangesOptions) -> Result<Self, Error> {
        let (members, batches, end) = ChangesMembers::new(client, options)?;
        Ok(Self {
            members,
            batches,
            end,
            waiting: None,
            finished: false,
        })
    }

    /// The members, to add, remove and inspect them.
    pub fn members(&self) -> &ChangesMembers {
        &self.members
    }

    /// What the members go through: connections that begin and end, and failures with the wait before
    /// the next attempt.
    pub fn events(&self) -> ChangesSetEvents {
        ChangesSetEvents {
            mailbox: Arc::clone(self.members.mailbox()),
        }
    }

    /// The next batch, if one waits. Together with [`poll_waiting`](Self::poll_waiting), this is the
    /// way to consume batches in your own loop. Use either these two or the stream.
    pub fn try_next(&mut self) -> Option<MemberBatch> {
        loop {
            let _ = self.poll_waiting(&mut Context::from_waker(Waker::noop()));
            let batch = self.waiting.take()?;
            // It may have been removed while its batch waited.
            if !batch.member.0.source.removed.is_set() {
                return Some(batch);
            }
        }
    }

    /// Ready when a batch waits, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_closed() {
            self.waiting = None;
            self.finished = true;
        }
        if !self.finished && self.waiting.is_none() {
            self.waiting = std::task::ready!(self.batches.poll_recv(cx));
            self.finished = self.waiting.is_none();
        }
        Poll::Ready(())
    }

    /// Ends the stream and all members, and waits until no query is running and all connections are
    /// closed. Batches that were not read are discarded. Closing twice is harmless.
    pub async fn close(&self) {
        self.start_close();
        self.closed().await;
    }

    /// Starts to close, as [`close`](Self::close) does, without waiting.
    pub fn start_close(&self) {
        self.members.start_close();
    }

    /// Waits until the set is closed and every member has ended.
    pub async fn closed(&self) {
        self.end.wait().await;
    }

    /// Whether it was closed, by itself or with its client.
    pub fn is_closed(&self) -> bool {
        self.members.is_closed()
    }
}

impl Stream for ChangesSet {
    type Item = MemberBatch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<MemberBatch>> {
        loop {
            std::task::ready!(self.poll_waiting(cx));
            let batch = self.try_next();
            if batch.is_some() || self.finished {
                return Poll::Ready(batch);
            }
        }
    }
}

impl FusedStream for ChangesSet {
    fn is_terminated(&self) -> bool {
        self.finished
    }
}

impl ChangesSetEvents {
    /// The next event with its member, if one waits. Together with
    /// [`poll_waiting`](Self::poll_waiting), this is the way to consume events in your own loop. Use
    /// either these two or the stream.
    pub fn try_next(&self) -> Option<(ChangesMember, Event)> {
        let (sender, event) = self.mailbox.take()?;
        Some((ChangesMember(sender), event))
    }

    /// How many events wait.
    pub fn pending(&self) -> usize {
        self.mailbox.len()
    }

    /// Whether the set is closed: there are no more events.
    pub fn has_ended(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// Ready when events wait, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.mailbox.poll_waiting(cx)
    }
}

impl Stream for ChangesSetEvents {
    type Item = (ChangesMember, Event);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
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

impl Drop for ChangesSet {
    fn drop(&mut self) {
        self.start_close();
    }
}

impl fmt::Debug for ChangesSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesSet")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ChangesSetEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesSetEvents").finish_non_exhaustive()
    }
}
