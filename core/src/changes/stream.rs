use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::{FusedStream, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::batch::ChangeBatch;
use super::control::Control;
use super::events::ChangesEvents;
use super::push::Bell;
use super::source::Source;
use super::status::{ChangesState, ChangesStats};
use super::worker::{self, Beginning, Consumer};
use crate::event::Mailbox;
use crate::session::{Handle, OpenHandles};
use crate::{Error, Resource};

/// How many events of a stream may wait before further ones are merged.
const MAX_EVENTS: usize = 64;

/// The changes of a resource: a [`Stream`] of [`ChangeBatch`]es that ends after its first error.
///
/// It gets a page only after its consumer took the one before, so it holds one or two pages in
/// memory, however large the drive. Dropping it also ends its subscription. Closing the client ends
/// the stream, without an error.
pub struct Changes {
    resource: Resource,
    batches: mpsc::Receiver<Result<ChangeBatch, Error>>,
    task: JoinHandle<()>,
    handle: ChangesHandle,
    /// What [`Changes::poll_waiting`] has found.
    waiting: Option<Result<ChangeBatch, Error>>,
    finished: bool,
}

/// Shows and wakes a stream of changes while another task reads it. It does not keep the stream open.
#[derive(Clone)]
pub struct ChangesHandle {
    control: Arc<Control>,
    events: Arc<Mailbox>,
}

/// # Errors
/// `State` if the client is closed.
pub(super) fn start<S: Source, B: Bell>(
    beginning: Beginning<S, B>,
    open_handles: &Arc<OpenHandles>,
) -> Result<Changes, Error> {
    let (send, batches) = mpsc::channel(1);
    let resource = beginning.resource.clone();
    let handle = ChangesHandle {
        control: beginning.control(),
        events: Arc::new(Mailbox::new(MAX_EVENTS)),
    };
    let consumer = Consumer {
        outlet: send,
        events: Arc::clone(&handle.events) as _,
        control: Arc::clone(&handle.control),
        until_end: Box::new(open_handles.register(&handle.control)?),
    };
    Ok(Changes {
        resource,
        batches,
        task: beginning.spawn(consumer),
        handle,
        waiting: None,
        finished: false,
    })
}

impl ChangesHandle {
    /// What the stream does at present.
    pub fn state(&self) -> ChangesState {
        self.control.state()
    }

    /// The counts of the stream since it started.
    pub fn stats(&self) -> ChangesStats {
        self.control.stats()
    }

    /// What the subscription and the delta queries go through: connections that begin and end, and
    /// failures with the wait before the next attempt.
    pub fn events(&self) -> ChangesEvents {
        ChangesEvents::new(Arc::clone(&self.events), self.control.label.clone())
    }

    /// Says that something has changed, for programs that learn of it otherwise, as from a webhook.
    /// The stream queries as after a notification. It never blocks, and hints that come together
    /// cause one query.
    ///
    /// # Errors
    /// `State` if the stream has ended.
    pub fn hint(&self) -> Result<(), Error> {
        self.control.hint()
    }

    /// As [`Changes::ready`], while another task reads the stream.
    ///
    /// # Errors
    /// Those of [`Changes::ready`].
    pub async fn ready(&self) -> Result<(), Error> {
        self.control.ready().await
    }

    /// The [`label`](crate::ClientBuilder::label) of the client.
    pub fn label(&self) -> Option<&str> {
        self.control.label.as_str()
    }

    /// Starts to end the stream, as [`Changes::close`] does, without waiting.
    pub fn start_close(&self) {
        self.control.start_close();
    }
}

impl fmt::Debug for ChangesHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesHandle")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl Changes {
    /// The resource whose changes this stream reports.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The [`label`](crate::ClientBuilder::label) of its client.
    pub fn label(&self) -> Option<&str> {
        self.handle.label()
    }

    /// Waits until the first enumeration is complete: the consumer has taken the batch that ends it, the
    /// first one that is [`caught_up`](ChangeBatch::caught_up). Somebody must read the batches meanwhile,
    /// so another task usually waits, on a [`handle`](Self::handle). A stream that begins after the first
    /// enumeration, at [`Since::Now`](crate::Since::Now) or at a later checkpoint, is ready at once.
    ///
    /// # Errors
    /// The error that has ended the stream, or `State` if it was closed.
    pub async fn ready(&self) -> Result<(), Error> {
        self.handle.ready().await
    }

    /// What the stream does at present.
    pub fn state(&self) -> ChangesState {
        self.handle.state()
    }

    /// The counts of this stream since it started.
    pub fn stats(&self) -> ChangesStats {
        self.handle.stats()
    }

    /// What the subscription and the delta queries go through, as [`ChangesHandle::events`].
    pub fn events(&self) -> ChangesEvents {
        self.handle.events()
    }

    /// Says that something has changed, as [`ChangesHandle::hint`].
    ///
    /// # Errors
    /// `State` if the stream has ended.
    pub fn hint(&self) -> Result<(), Error> {
        self.handle.hint()
    }

    /// A handle for other tasks, while one reads the stream.
    pub fn handle(&self) -> ChangesHandle {
        self.handle.clone()
    }

    /// The next batch, or the error that has ended the stream, if one waits. Together with
    /// [`poll_waiting`](Self::poll_waiting), this is the way to consume batches in your own loop. Use
    /// either these two or the stream.
    pub fn try_next(&mut self) -> Option<Result<ChangeBatch, Error>> {
        if self.is_closed() {
            self.waiting = None;
        }
        let _ = self.poll_waiting(&mut Context::from_waker(Waker::noop()));
        let batch = self.waiting.take()?;
        self.finished = batch.is_err();
        if let Ok(batch) = &batch {
            self.handle.control.taken(batch);
        }
        Some(batch)
    }

    /// Ready when a batch waits, or when no more will follow. Otherwise wakes the waker once, as soon
    /// as this changes.
    pub fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_terminated() || self.waiting.is_some() {
            return Poll::Ready(());
        }
        let mut batch = std::task::ready!(self.batches.poll_recv(cx));
        if batch.is_none() && std::task::ready!(Pin::new(&mut self.task).poll(cx)).is_err() {
            // This must not pass for an ordinary end.
            batch = Some(Err(worker::stopped()));
        }
        self.finished = batch.is_none();
        self.waiting = batch;
        Poll::Ready(())
    }

    /// Whether it was closed, by itself or with its client. An error that ends it does not close it.
    pub fn is_closed(&self) -> bool {
        self.handle.control.is_closed()
    }

    /// Ends the stream, and waits until its last request to Graph has ended. The subscription closes
    /// its connection in the background.
    pub async fn close(mut self) {
        self.handle.start_close();
        if self.finished {
            return;
        }
        self.batches.close();
        while self.batches.recv().await.is_some() {}
        let _ = (&mut self.task).await;
    }
}

impl Stream for Changes {
    type Item = Result<ChangeBatch, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        std::task::ready!(self.poll_waiting(cx));
        Poll::Ready(self.try_next())
    }
}

impl FusedStream for Changes {
    fn is_terminated(&self) -> bool {
        self.finished || self.is_closed()
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("resource", &self.resource)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
