use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::batch::ChangeBatch;
use super::checkpoint::Position;
use super::schedule::Schedule;
use super::source::Source;
use super::worker::Worker;
use crate::latch::Latch;
use crate::options::ClientOptions;
use crate::session::OpenHandles;
use crate::{ChangesOptions, Error, ErrorKind, Event, Resource};

/// The changes of a resource: a [`Stream`] of [`ChangeBatch`]es that ends after its first error.
///
/// It gets a page only after its consumer took the one before, so it holds one or two pages in
/// memory, however large the drive. Dropping it also ends its subscription. Closing the client ends
/// the stream, without an error.
pub struct Changes {
    resource: Resource,
    batches: mpsc::Receiver<Result<ChangeBatch, Error>>,
    task: JoinHandle<()>,
    /// Set by the client when it closes. It also closes the subscription, which ends the worker.
    closed: Arc<Latch>,
    finished: bool,
}

pub(super) fn start<S, E>(
    source: S,
    events: E,
    resource: Resource,
    position: Position,
    options: &ChangesOptions,
    client_options: Arc<ClientOptions>,
    open_handles: &Arc<OpenHandles>,
) -> Result<Changes, Error>
where
    S: Source,
    E: Stream<Item = Result<Event, Error>> + Send + Unpin + 'static,
{
    let (send, batches) = mpsc::channel(1);
    let closed = Arc::<Latch>::default();
    let worker = Worker {
        source: Arc::new(source),
        events,
        schedule: Schedule::new(options.clone(), Instant::now()),
        position,
        resource: resource.clone(),
        live_timeout: options.live_timeout,
        backoff: client_options.backoff(),
        pace: client_options.backoff(),
        client_options,
        batches: send,
        closed: Arc::clone(&closed),
        _registration: open_handles.register(&closed)?,
        resync_code: None,
        has_succeeded: false,
        refused_since: None,
    };
    Ok(Changes {
        resource,
        batches,
        task: tokio::spawn(worker.run()),
        closed,
        finished: false,
    })
}

impl Changes {
    /// The resource whose changes this stream reports.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Whether its client has closed it.
    pub fn is_closed(&self) -> bool {
        self.closed.is_set()
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
            .finish_non_exhaustive()
    }
}
