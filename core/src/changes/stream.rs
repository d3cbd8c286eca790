use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::batch::ChangeBatch;
use super::checkpoint::Position;
use super::control::Control;
use super::events::ChangesEvents;
use super::push::Bell;
use super::source::Source;
use super::status::{ChangesState, ChangesStats, Status};
use super::worker::{Beginning, Worker};
use crate::options::ClientOptions;
use crate::session::OpenHandles;
use crate::{ChangesOptions, Error, ErrorKind, Resource};

/// The changes of a resource: a [`Stream`] of [`ChangeBatch`]es that ends after its first error.
///
/// It gets a page only after its consumer took the one before, so it holds one or two pages in
/// memory, however large the drive. Dropping it also ends its subscription. Closing the client ends
/// the stream, without an error.
pub struct Changes {
    resource: Resource,
    batches: mpsc::Receiver<Result<ChangeBatch, Error>>,
    task: JoinHandle<()>,
    control: Arc<Control>,
    finished: bool,
}

/// Passes hints on to a stream of changes, from any thread. It does not keep the stream open.
#[derive(Debug, Clone)]
pub struct ChangesHinter(Arc<Control>);

impl ChangesHinter {
    /// Says that something has changed, as [`Changes::hint`] does.
    ///
    /// # Errors
    /// `State` if the stream has ended.
    pub fn hint(&self) -> Result<(), Error> {
        self.0.hint()
    }
}

/// What a stream begins with.
pub(super) struct Start<S, B> {
    pub(super) source: S,
    pub(super) bell: B,
    pub(super) resource: Resource,
    pub(super) position: Position,
    pub(super) options: ChangesOptions,
    pub(super) client_options: Arc<ClientOptions>,
    pub(super) signing_in: watch::Receiver<bool>,
}

/// # Errors
/// `State` if the client is closed.
pub(super) fn start<S: Source, B: Bell>(
    start: Start<S, B>,
    open_handles: &Arc<OpenHandles>,
) -> Result<Changes, Error> {
    let (send, batches) = mpsc::channel(1);
    let control = Arc::new(Control::new(Status::new(start.signing_in.clone())));
    let beginning = Beginning {
        source: start.source,
        bell: start.bell,
        outlet: send,
        control: Arc::clone(&control),
        resource: start.resource.clone(),
        position: start.position,
        options: start.options,
        client_options: start.client_options,
        signing_in: start.signing_in,
        registration: open_handles.register(&control)?,
    };
    let worker = Worker::new(beginning, Instant::now());
    Ok(Changes {
        resource: start.resource,
        batches,
        task: tokio::spawn(worker.run()),
        control,
        finished: false,
    })
}

impl Changes {
    /// The resource whose changes this stream reports.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// What the stream does at present.
    pub fn state(&self) -> ChangesState {
        if self.is_closed() {
            return ChangesState::Closed;
        }
        self.control.status.state()
    }

    /// The counts of this stream since it started.
    pub fn stats(&self) -> ChangesStats {
        self.control.status.stats()
    }

    /// What the subscription and the delta queries go through: connections that begin and end, and
    /// failures with the wait before the next attempt.
    pub fn events(&self) -> ChangesEvents {
        ChangesEvents::new(Arc::clone(&self.control))
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

    /// A handle for [`hint`](Self::hint), while another task reads the stream.
    pub fn hinter(&self) -> ChangesHinter {
        ChangesHinter(Arc::clone(&self.control))
    }

    /// Whether its client has closed it.
    pub fn is_closed(&self) -> bool {
        self.control.is_closed()
    }

    /// Ends the stream, and waits until its last request to Graph has ended. The subscription closes
    /// its connection in the background.
    pub async fn close(mut self) {
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
        if self.is_terminated() {
            return Poll::Ready(None);
        }
        let mut batch = std::task::ready!(self.batches.poll_recv(cx));
        if batch.is_none() && std::task::ready!(Pin::new(&mut self.task).poll(cx)).is_err() {
            // The runtime stopped the task, or the task panicked. This must not pass for an
            // ordinary end.
            batch = Some(Err(Error::new(
                ErrorKind::State,
                "the task of this stream of changes was stopped; start again from the last checkpoint",
            )));
        }
        self.finished = !matches!(batch, Some(Ok(_)));
        Poll::Ready(batch)
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
