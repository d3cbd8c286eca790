//! The task of a stream of changes: it looks at the drive when the agenda says so.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::batch::{ChangeBatch, Trigger};
use super::checkpoint::{Link, Position, new_snapshot};
use super::page::{Next, Page};
use super::schedule::Agenda;
use super::source::{Failure, Source};
use crate::pacing::Backoff;
use crate::{Error, ErrorKind, Event, Item, Lifecycle, NotificationKind, Resource, retry_policy};

/// So many enumerations in a row that end in 410 before their first page are a fault of the service.
const MAX_RESTARTS: u32 = 3;

/// How long a failure may last.
#[derive(Debug)]
pub(super) struct Patience {
    pub(super) live_timeout: Duration,
    pub(super) refusal_timeout: Duration,
    pub(super) backoff: Backoff,
}

pub(super) struct Worker<S, E> {
    pub(super) source: Arc<S>,
    /// What the subscription tells.
    pub(super) events: E,
    pub(super) agenda: Agenda,
    pub(super) position: Position,
    pub(super) resource: Resource,
    pub(super) patience: Patience,
    pub(super) batches: mpsc::Sender<Result<ChangeBatch, Error>>,
    /// Until it is told with a batch.
    pub(super) resync_code: Option<String>,
    /// Graph has answered as it should.
    pub(super) worked: bool,
    pub(super) refused_since: Option<Instant>,
}

/// Why the task ends.
pub(super) enum End {
    Failed(Error),
    /// Nobody wants to know any more.
    Unwanted,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Where a look goes on.
enum Fetched {
    Page(Page),
    Gone {
        code: Option<String>,
        location: Option<String>,
    },
}

impl<S: Source, E: Stream<Item = Result<Event, Error>> + Unpin> Worker<S, E> {
    pub(super) async fn run(mut self) {
        if let End::Failed(error) = self.work().await {
            let _ = self.batches.send(Err(error)).await;
        }
    }

    async fn work(&mut self) -> End {
        let began = async |worker: &mut Self| {
            worker.wait_until_live().await?;
            worker.look(Trigger::Start).await
        };
        if let Err(end) = began(self).await {
            return end;
        }
        loop {
            let trigger = match self.next_trigger().await {
                Ok(trigger) => trigger,
                Err(end) => return end,
            };
            if let Err(end) = self.look(trigger).await {
                return end;
            }
        }
    }

    /// So that nothing falls between the first look and the subscription. It tells of the first
    /// live by a resync.
    async fn wait_until_live(&mut self) -> Result<(), End> {
        let mut deadline = pin!(sleep(self.patience.live_timeout));
        loop {
            tokio::select! {
                biased;
                () = &mut deadline => return Ok(()),
                () = self.batches.closed() => return Err(End::Unwanted),
                event = self.events.next() => {
                    let live = matches!(&event, Some(Ok(Event::Notification(_))));
                    self.note(event)?;
                    if live {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn next_trigger(&mut self) -> Result<Trigger, End> {
        loop {
            let due = self.agenda.next();
            let wait = async {
                match due {
                    Some((at, trigger)) => {
                        sleep_until(at).await;
                        trigger
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // A hint that is there already may put off what is due, or take its place.
                event = self.events.next() => self.note(event)?,
                () = self.batches.closed() => return Err(End::Unwanted),
                trigger = wait => return Ok(trigger),
            }
        }
    }

    /// Follows the pages to their end, and hands out what is on them.
    async fn look(&mut self, trigger: Trigger) -> Result<(), End> {
        self.agenda.begin();
        // The end of the first look is told although it may have found nothing.
        let mut tell_end = trigger == Trigger::Start;
        let mut found = false;
        let mut restarts = 0;
        let mut visited = Visited::default();
        loop {
            let page = match self.fetch().await? {
                Fetched::Page(page) => page,
                Fetched::Gone { code, location } => {
                    restarts += 1;
                    self.start_anew(code, location, restarts)?;
                    tell_end = true;
                    continue;
                }
            };
            restarts = 0;
            let (link, caught_up) = match page.next {
                Next::Page(link) => (link, false),
                Next::Round(link) => (link, true),
            };
            if !caught_up {
                visited.visit(&link)?;
            }
            self.position.link = Link::Url(link);
            found |= !page.items.is_empty();
            if !page.items.is_empty() || (caught_up && tell_end) {
                tell_end = true;
                self.hand_out(page.items, trigger, caught_up).await?;
            }
            if caught_up {
                self.agenda.done(trigger, found, Instant::now());
                return Ok(());
            }
        }
    }

    fn start_anew(
        &mut self,
        code: Option<String>,
        location: Option<String>,
        restarts: u32,
    ) -> Result<(), End> {
        if restarts > MAX_RESTARTS {
            let message = "Microsoft Graph answers every enumeration with 410 Gone before its \
                           first page; try again later, with the last checkpoint";
            return Err(Error::new(ErrorKind::Protocol, message)
                .with_status(410)
                .into());
        }
        tracing::warn!(resource = %self.resource, code, "Graph has lost track; enumerating anew");
        self.position = Position {
            link: location.map_or(Link::Start, Link::Url),
            snapshot: Some(new_snapshot(self.position.snapshot.as_deref())),
        };
        self.resync_code = code;
        Ok(())
    }

    async fn hand_out(
        &mut self,
        items: Vec<Item>,
        trigger: Trigger,
        caught_up: bool,
    ) -> Result<(), End> {
        let checkpoint = self.position.checkpoint(&self.resource);
        let batch = ChangeBatch {
            items,
            checkpoint: checkpoint.expect("a page was read"),
            trigger,
            caught_up,
            snapshot: self.position.snapshot.clone(),
            resync_code: self.resync_code.take(),
        };
        let batches = self.batches.clone();
        let sent = self
            .beside(async move { batches.send(Ok(batch)).await })
            .await?;
        sent.map_err(|_| End::Unwanted)
    }

    /// The next page, however long it takes.
    async fn fetch(&mut self) -> Result<Fetched, End> {
        loop {
            let (source, link) = (Arc::clone(&self.source), self.position.link.clone());
            let answer = self.beside(async move { source.page(&link).await }).await?;
            let error = match answer {
                Ok(page) => {
                    self.worked = true;
                    self.refused_since = None;
                    self.patience.backoff.reset();
                    return Ok(Fetched::Page(page));
                }
                Err(Failure::Gone { code, location }) => {
                    return Ok(Fetched::Gone { code, location });
                }
                Err(Failure::Broken(error)) => return Err(End::Failed(error)),
                Err(Failure::Other(error)) => error,
            };
            let wait = self.outlive(error)?;
            self.beside(sleep(wait)).await?;
        }
    }

    /// How long to wait before the next attempt, unless that is of no use.
    fn outlive(&mut self, error: Error) -> Result<Duration, End> {
        let now = Instant::now();
        if retry_policy::delta_query_retries(&error) {
            self.refused_since = None;
        } else {
            let since = *self.refused_since.get_or_insert(now);
            if !self.worked || now.duration_since(since) >= self.patience.refusal_timeout {
                return Err(End::Failed(error));
            }
        }
        let wait = self.patience.backoff.next_wait();
        let wait = error.retry_after().map_or(wait, |pause| pause.max(wait));
        tracing::warn!(resource = %self.resource, %error, ?wait, "delta query failed; trying again");
        Ok(wait)
    }

    /// Waits for something, and takes note of what the subscription tells meanwhile.
    async fn beside<F: Future>(&mut self, future: F) -> Result<F::Output, End> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                () = self.batches.closed() => return Err(End::Unwanted),
                output = &mut future => return Ok(output),
                event = self.events.next() => self.note(event)?,
            }
        }
    }

    fn note(&mut self, event: Option<Result<Event, Error>>) -> Result<(), End> {
        let now = Instant::now();
        match event {
            None => return Err(End::Unwanted),
            Some(Err(error)) => return Err(End::Failed(error)),
            Some(Ok(Event::Notification(note))) => match note.kind() {
                NotificationKind::Changed => self.agenda.hint(now),
                NotificationKind::Resync => self.agenda.resync(now),
            },
            Some(Ok(Event::Lifecycle { change, .. })) => match change {
                Lifecycle::Connected | Lifecycle::Renewed => self.agenda.live(true, now),
                Lifecycle::Disconnected { .. } => self.agenda.live(false, now),
                Lifecycle::Unavailable { .. } | Lifecycle::Ended { .. } => {}
            },
        }
        Ok(())
    }
}

/// Notices links that lead in a circle, without remembering them all (Brent's algorithm).
#[derive(Debug, Default)]
struct Visited {
    mark: String,
    steps: u64,
    limit: u64,
}

impl Visited {
    fn visit(&mut self, link: &str) -> Result<(), End> {
        if link == self.mark {
            let message = "the pages of the delta query lead in a circle: a nextLink came twice; \
                           start again from the last checkpoint, or from the beginning";
            return Err(Error::new(ErrorKind::Protocol, message)
                .with_retryable(false)
                .into());
        }
        self.steps += 1;
        if self.steps > self.limit {
            link.clone_into(&mut self.mark);
            self.steps = 0;
            self.limit = (self.limit * 2).max(1);
        }
        Ok(())
    }
}
