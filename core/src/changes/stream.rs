use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::batch::ChangeBatch;
use super::checkpoint::{Position, Since};
use super::schedule::Agenda;
use super::source::Source;
use super::worker::{Patience, Worker};
use crate::pacing::Backoff;
use crate::session::SessionOptions;
use crate::{ChangesOptions, Error, ErrorKind, Event, Resource};

/// What changes in a resource: a [`Stream`] of batches that ends after the first error.
///
/// A batch is looked for when the one before it was taken: memory is that of a page or two, however
/// slow the consumer and however large the drive. Dropping it ends the subscription behind it.
pub struct Changes {
    resource: Resource,
    batches: mpsc::Receiver<Result<ChangeBatch, Error>>,
    task: JoinHandle<()>,
    finished: bool,
}

pub(crate) fn start<S, E>(
    source: S,
    events: E,
    resource: Resource,
    since: &Since,
    options: &ChangesOptions,
    session: &SessionOptions,
) -> Result<Changes, Error>
where
    S: Source,
    E: Stream<Item = Result<Event, Error>> + Send + Unpin + 'static,
{
    let (send, batches) = mpsc::channel(1);
    let worker = Worker {
        source: Arc::new(source),
        events,
        agenda: Agenda::new(options.clone(), Instant::now()),
        position: Position::of(since, &resource)?,
        resource: resource.clone(),
        patience: Patience {
            live_timeout: options.live_timeout,
            refusal_timeout: session.refusal_timeout,
            backoff: Backoff::new(session.retry.first, session.retry.longest),
        },
        batches: send,
        resync_code: None,
        worked: false,
        refused_since: None,
    };
    Ok(Changes {
        resource,
        batches,
        task: tokio::spawn(worker.run()),
        finished: false,
    })
}

impl Changes {
    /// What is watched.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Ends the stream, and waits until nothing is asked of Graph any more; the subscription behind
    /// it says goodbye beside that.
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
        if self.finished {
            return Poll::Ready(None);
        }
        let mut batch = std::task::ready!(self.batches.poll_recv(cx));
        if batch.is_none() && std::task::ready!(Pin::new(&mut self.task).poll(cx)).is_err() {
            // Only a runtime that stops under the task, or a bug, gets here: an end that looks like
            // an ordinary one would be believed.
            batch = Some(Err(Error::new(
                ErrorKind::State,
                "the task of this stream of changes was ended; start again from the last checkpoint",
            )));
        }
        self.finished = !matches!(batch, Some(Ok(_)));
        Poll::Ready(batch)
    }
}

impl FusedStream for Changes {
    fn is_terminated(&self) -> bool {
        self.finished
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
