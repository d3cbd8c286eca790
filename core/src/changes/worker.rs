//! The task of a stream of changes: runs the delta query when the schedule says so.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::batch::{ChangeBatch, Trigger};
use super::checkpoint::{Link, Position, new_snapshot};
use super::item::Item;
use super::link_circle::LinkCircle;
use super::page::{Page, PageLink};
use super::schedule::Schedule;
use super::source::{PageError, Source};
use crate::latch::Latch;
use crate::log_limit::limited;
use crate::options::ClientOptions;
use crate::pacing::Backoff;
use crate::session::Registration;
use crate::{Error, ErrorKind, Event, Lifecycle, NotificationKind, Resource, retry_policy};

/// How many empty pages with a next link, or new enumerations, a query takes without a wait. Graph
/// sends empty pages too.
const UNPACED: u32 = 8;

/// If this many enumerations in a row end in 410 before their first page, the service is broken.
const MAX_RESTARTS: u32 = 3;

pub(super) struct Worker<S, E> {
    pub(super) source: Arc<S>,
    /// The events of the subscription.
    pub(super) events: E,
    pub(super) schedule: Schedule,
    pub(super) position: Position,
    pub(super) resource: Resource,
    /// How long the first query waits for the subscription to be live.
    pub(super) live_timeout: Duration,
    pub(super) client_options: Arc<ClientOptions>,
    pub(super) backoff: Backoff,
    /// The waits of a query that makes requests and finds nothing.
    pub(super) pace: Backoff,
    pub(super) batches: mpsc::Sender<Result<ChangeBatch, Error>>,
    /// The client has closed the stream.
    pub(super) closed: Arc<Latch>,
    /// The client waits until this is dropped.
    pub(super) _registration: Registration,
    /// For the next batch.
    pub(super) resync_code: Option<String>,
    pub(super) has_succeeded: bool,
    pub(super) refused_since: Option<Instant>,
}

/// Why the task ends.
pub(super) enum End {
    Failed(Error),
    /// The stream was closed or dropped, or the subscription ended with the client.
    Closed,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

enum Fetched {
    Page(Page),
    /// Graph requires a new enumeration.
    Gone {
        code: Option<String>,
        location: Option<String>,
    },
}

impl<S: Source, E: Stream<Item = Result<Event, Error>> + Unpin> Worker<S, E> {
    pub(super) async fn run(mut self) {
        if let End::Failed(error) = self.run_until_end().await {
            tokio::select! {
                biased;
                () = self.closed.wait() => {}
                _ = self.batches.send(Err(error)) => {}
            }
        }
    }

    async fn run_until_end(&mut self) -> End {
        let start = async |worker: &mut Self| {
            worker.wait_until_live().await?;
            worker.query(Trigger::Start).await
        };
        if let Err(end) = start(self).await {
            return end;
        }
        loop {
            let trigger = match self.next_trigger().await {
                Ok(trigger) => trigger,
                Err(end) => return end,
            };
            if let Err(end) = self.query(trigger).await {
                return end;
            }
        }
    }

    /// Leaves no gap between the first query and the first hint. A subscription announces that it is
    /// live by a resync.
    async fn wait_until_live(&mut self) -> Result<(), End> {
        let mut deadline = pin!(sleep(self.live_timeout));
        loop {
            tokio::select! {
                biased;
                () = &mut deadline => return Ok(()),
                () = self.batches.closed() => return Err(End::Closed),
                event = self.events.next() => {
                    let live = matches!(&event, Some(Ok(Event::Notification(_))));
                    self.handle_event(event)?;
                    if live {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn next_trigger(&mut self) -> Result<Trigger, End> {
        loop {
            let next = self.schedule.next_query();
            let due = async {
                match next {
                    Some((at, trigger)) => {
                        sleep_until(at).await;
                        trigger
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // Events first: a hint that waits may delay or replace the query that is due.
                event = self.events.next() => self.handle_event(event)?,
                () = self.batches.closed() => return Err(End::Closed),
                trigger = due => return Ok(trigger),
            }
        }
    }

    /// Follows the pages up to the delta link, and sends their items.
    async fn query(&mut self, trigger: Trigger) -> Result<(), End> {
        self.schedule.query_started();
        // The end of the first query is sent even if it found nothing.
        let mut send_end = trigger == Trigger::Start;
        let mut found_items = false;
        let mut restarts = 0;
        let mut fruitless = 0;
        self.pace.reset();
        let mut circle = LinkCircle::default();
        loop {
            let page = match self.fetch_page().await? {
                Fetched::Page(page) => page,
                Fetched::Gone { code, location } => {
                    restarts += 1;
                    self.restart_enumeration(code, location, restarts)?;
                    send_end = true;
                    fruitless += 1;
                    self.keep_pace(fruitless).await?;
                    continue;
                }
            };
            restarts = 0;
            let (link, caught_up) = match page.link {
                PageLink::Next(link) => (link, false),
                PageLink::Delta(link) => (link, true),
            };
            if !caught_up {
                circle.check(&link)?;
            }
            self.position.link = Link::Url(link);
            found_items |= !page.items.is_empty();
            let page_is_empty = page.items.is_empty();
            fruitless += u32::from(page_is_empty);
            if !page.items.is_empty() || (caught_up && send_end) {
                send_end = true;
                self.send_batch(page.items, trigger, caught_up).await?;
            }
            if caught_up {
                let now = Instant::now();
                self.schedule.query_finished(trigger, found_items, now);
                return Ok(());
            }
            if page_is_empty {
                self.keep_pace(fruitless).await?;
            }
        }
    }

    /// No loop without a pace: a server could lead the query on for ever.
    async fn keep_pace(&mut self, fruitless: u32) -> Result<(), End> {
        if fruitless <= UNPACED {
            return Ok(());
        }
        let wait = self.pace.next_wait();
        limited!(DEBUG, resource = %self.resource, ?wait, "the delta query finds nothing; waiting");
        self.handle_events_during(sleep(wait)).await
    }

    fn restart_enumeration(
        &mut self,
        code: Option<String>,
        location: Option<String>,
        restarts: u32,
    ) -> Result<(), End> {
        if restarts > MAX_RESTARTS {
            let message = "Microsoft Graph ends every enumeration with 410 Gone before its \
                           first page; try again later, with the last checkpoint";
            return Err(Error::new(ErrorKind::Protocol, message)
                .with_status(410)
                .into());
        }
        limited!(WARN, resource = %self.resource, code, "Graph requires a new enumeration");
        self.position = Position {
            link: location.map_or(Link::Start, Link::Url),
            snapshot: Some(new_snapshot(self.position.snapshot.as_deref())),
        };
        self.resync_code = code;
        Ok(())
    }

    async fn send_batch(
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
            .handle_events_during(async move { batches.send(Ok(batch)).await })
            .await?;
        sent.map_err(|_| End::Closed)
    }

    /// Gets the next page, however many attempts that takes.
    async fn fetch_page(&mut self) -> Result<Fetched, End> {
        loop {
            let (source, link) = (Arc::clone(&self.source), self.position.link.clone());
            let result = self
                .handle_events_during(async move { source.page(&link).await })
                .await?;
            let error = match result {
                Ok(page) => {
                    self.has_succeeded = true;
                    self.refused_since = None;
                    self.backoff.reset();
                    return Ok(Fetched::Page(page));
                }
                Err(PageError::Gone { code, location }) => {
                    return Ok(Fetched::Gone { code, location });
                }
                Err(PageError::Permanent(error)) => return Err(End::Failed(error)),
                Err(PageError::Failed(error)) => error,
            };
            let wait = self.wait_before_retry(error)?;
            self.handle_events_during(sleep(wait)).await?;
        }
    }

    /// # Errors
    /// The failure itself, if retrying cannot help.
    fn wait_before_retry(&mut self, error: Error) -> Result<Duration, End> {
        let now = Instant::now();
        if retry_policy::delta_query_retries(&error) {
            self.refused_since = None;
        } else {
            let since = *self.refused_since.get_or_insert(now);
            if !self.has_succeeded
                || now.duration_since(since) >= self.client_options.refusal_timeout
            {
                return Err(End::Failed(error));
            }
        }
        let wait = self.backoff.wait_after(error.retry_after());
        tracing::warn!(resource = %self.resource, %error, ?wait, "delta query failed; retrying");
        Ok(wait)
    }

    /// Awaits a future, and keeps the schedule up to date meanwhile.
    async fn handle_events_during<F: Future>(&mut self, future: F) -> Result<F::Output, End> {
        let mut future = pin!(future);
        loop {
            tokio::select! {
                biased;
                () = self.batches.closed() => return Err(End::Closed),
                output = &mut future => return Ok(output),
                event = self.events.next() => self.handle_event(event)?,
            }
        }
    }

    fn handle_event(&mut self, event: Option<Result<Event, Error>>) -> Result<(), End> {
        let now = Instant::now();
        match event {
            None => return Err(End::Closed),
            Some(Err(error)) => return Err(End::Failed(error)),
            Some(Ok(Event::Notification(notification))) => match notification.kind() {
                NotificationKind::Changed => self.schedule.hint(now),
                NotificationKind::Resync => self.schedule.resync(now),
            },
            Some(Ok(Event::Lifecycle { change, .. })) => match change {
                Lifecycle::Connected | Lifecycle::Renewed => self.schedule.set_live(true, now),
                Lifecycle::Disconnected { .. } => self.schedule.set_live(false, now),
                Lifecycle::SigningIn | Lifecycle::Unavailable { .. } | Lifecycle::Ended { .. } => {}
            },
        }
        Ok(())
    }
}
