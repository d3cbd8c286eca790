//! The task of a stream of changes: does what is due, and listens meanwhile.

use std::pin::pin;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::audit::Audit;
use super::batch::{ChangeBatch, Trigger};
use super::checkpoint::{Link, Position};
use super::control::Control;
use super::hearing::Hearing;
use super::item::Item;
use super::outlet::Outlet;
use super::progress::{Origin, Progress};
use super::push::{Bell, Push, Pushed};
use super::round::Round;
use super::schedule::Schedule;
use super::source::Source;
use super::status::{ChangesState, Status};
use crate::event::EventSink;
use crate::label::Label;
use crate::options::ClientOptions;
use crate::pacing::Backoff;
use crate::retry_policy::Refusals;
use crate::{ChangesOptions, Error, ErrorKind, Event, Lifecycle, Resource};

#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Worker<S, B: Bell, O: Outlet> {
    pub(super) source: Arc<S>,
    pub(super) push: Push<B>,
    pub(super) outlet: Arc<O>,
    pub(super) events: Arc<dyn EventSink>,
    pub(super) control: Arc<Control>,
    pub(super) schedule: Schedule,
    pub(super) progress: Progress,
    pub(super) audit: Audit,
    pub(super) hearing: Hearing,
    pub(super) snapshot: Option<String>,
    pub(super) enumerated_at: Option<SystemTime>,
    pub(super) began_now: bool,
    /// The first enumeration has not ended.
    pub(super) is_initial: bool,
    pub(super) resource: Resource,
    /// Of the client.
    pub(super) label: Label,
    /// The query under way.
    pub(super) round: Round,
    pub(super) options: ChangesOptions,
    pub(super) backoff: Backoff,
    /// The waits of a query that makes requests and finds nothing.
    pub(super) pace: Backoff,
    pub(super) refusals: Refusals,
    /// Whether a person is asked to sign in.
    pub(super) signing_in: watch::Receiver<bool>,
    /// Who waits for the end waits until this is dropped.
    pub(super) _until_end: Box<dyn Send>,
    /// For the next batch.
    pub(super) resync_code: Option<String>,
    /// Graph has answered a request for a page.
    pub(super) has_asked: bool,
    pub(super) has_succeeded: bool,
    /// The last request failed.
    pub(super) is_failing: bool,
    /// The query under way is an enumeration.
    pub(super) enumerates: bool,
    pub(super) is_live: bool,
    /// The subscription has been live.
    pub(super) was_live: bool,
    /// Push was refused, and the delta query was not served since.
    pub(super) refused_push: Option<Lifecycle>,
    /// When to give up without a first page.
    pub(super) start_deadline: Option<Instant>,
}

/// What a stream begins with.
pub(crate) struct Beginning<S, B> {
    pub(super) source: S,
    pub(super) bell: B,
    pub(super) resource: Resource,
    pub(super) label: Label,
    pub(super) position: Position,
    pub(super) options: ChangesOptions,
    pub(super) client_options: Arc<ClientOptions>,
    pub(super) signing_in: watch::Receiver<bool>,
}

/// Whom a stream serves.
pub(crate) struct Consumer<O> {
    pub(crate) outlet: O,
    pub(crate) events: Arc<dyn EventSink>,
    pub(crate) control: Arc<Control>,
    /// Dropped when the stream has ended.
    pub(crate) until_end: Box<dyn Send>,
}

impl<S: Source, B: Bell> Beginning<S, B> {
    pub(crate) fn resource(&self) -> &Resource {
        &self.resource
    }

    /// What the holders of the stream share with its task.
    pub(crate) fn control(&self) -> Arc<Control> {
        let status = Status::new(self.signing_in.clone());
        let is_initial = self.position.is_initial();
        Arc::new(Control::new(status, self.label.clone(), !is_initial))
    }

    /// Runs the stream on its own task.
    pub(crate) fn spawn<O: Outlet>(self, consumer: Consumer<O>) -> JoinHandle<()> {
        tokio::spawn(Worker::new(self, consumer, Instant::now()).run())
    }
}

/// A task that the runtime stopped, or that panicked, must not pass for one that waits. Does nothing after
/// an ordinary end.
impl<S, B: Bell, O: Outlet> Drop for Worker<S, B, O> {
    fn drop(&mut self) {
        self.control.status.set_state(ChangesState::Closed);
        self.control.end(Some(stopped()));
        self.events.fail(stopped());
        if std::thread::panicking() {
            self.outlet.panicked(stopped());
        }
    }
}

/// The error of a stream whose task the runtime stopped, or whose task panicked.
pub(super) fn stopped() -> Error {
    Error::new(
        ErrorKind::State,
        "the task of this stream of changes was stopped; start again from the last checkpoint",
    )
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

#[derive(Debug, PartialEq, Eq)]
enum Due {
    Query(Trigger),
    Audit,
}

/// A query that is due comes before the next page of an audit, however long that has been due.
fn first_due(
    query: Option<(Instant, Trigger)>,
    audit: Option<Instant>,
    now: Instant,
) -> Option<(Instant, Due)> {
    match (query, audit) {
        (Some((at, _)), Some(audit)) if now < at && audit < at => Some((audit, Due::Audit)),
        (Some((at, trigger)), _) => Some((at, Due::Query(trigger))),
        (None, audit) => audit.map(|at| (at, Due::Audit)),
    }
}

impl<S: Source, B: Bell, O: Outlet> Worker<S, B, O> {
    fn new(beginning: Beginning<S, B>, consumer: Consumer<O>, now: Instant) -> Self {
        let Beginning {
            options,
            client_options,
            position,
            ..
        } = beginning;
        let mode = options.push.unwrap_or_default();
        let progress = Progress::new(&position, options.overlap, now);
        let is_initial = position.is_initial();
        let interval = options.audit_interval.filter(|_| !position.began_now);
        Self {
            source: Arc::new(beginning.source),
            push: Push::new(beginning.bell, mode, options.poll_interval),
            outlet: Arc::new(consumer.outlet),
            events: consumer.events,
            control: consumer.control,
            schedule: Schedule::new(options.clone(), now),
            enumerates: progress.trusted().is_none() && position.link != Link::Latest,
            progress,
            audit: Audit::new(
                interval,
                position.enumerated_at,
                position.audit,
                client_options.backoff(),
                now,
            ),
            hearing: Hearing::default(),
            is_initial,
            snapshot: position.snapshot,
            enumerated_at: position.enumerated_at,
            began_now: position.began_now,
            resource: beginning.resource,
            label: beginning.label,
            round: Round::default(),
            start_deadline: options
                .start_timeout
                .and_then(|limit| now.checked_add(limit)),
            options,
            backoff: client_options.backoff(),
            pace: client_options.backoff(),
            refusals: Refusals::new(&client_options),
            signing_in: beginning.signing_in,
            _until_end: consumer.until_end,
            resync_code: None,
            has_asked: false,
            has_succeeded: false,
            is_failing: false,
            is_live: false,
            was_live: false,
            refused_push: None,
        }
    }

    async fn run(mut self) {
        let end = self.run_until_end().await;
        let error = match end {
            End::Failed(error) if !self.control.is_closed() => Some(error),
            End::Failed(_) | End::Closed => None,
        };
        self.control.status.set_state(ChangesState::Closed);
        let error = error.map(|error| error.with_label(&self.label));
        self.control.end(error.clone());
        let Some(error) = error else {
            self.events.close();
            return;
        };
        tracing::error!(
            resource = %self.resource,
            label = self.label.as_str(),
            error = error.message(),
            error_kind = error.kind().as_str(),
            help_url = error.help_url(),
            status = error.status(),
            "the stream of changes has ended"
        );
        self.events.fail(error.clone());
        tokio::select! {
            biased;
            () = self.control.closed() => {}
            () = self.outlet.send(Err(error)) => {}
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
            let done = match self.next_due().await {
                Ok(Due::Query(trigger)) => self.query(trigger).await,
                Ok(Due::Audit) => self.audit_step().await,
                Err(end) => return end,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Leaves no gap between the first query and the first hint. A subscription announces that it is
    /// live by a resync.
    async fn wait_until_live(&mut self) -> Result<(), End> {
        let wait = self.options.live_timeout;
        let wait = self
            .options
            .start_timeout
            .map_or(wait, |limit| wait.min(limit));
        let mut deadline = pin!(sleep(wait));
        while self.push.is_on() {
            tokio::select! {
                biased;
                () = &mut deadline => return Ok(()),
                () = self.control.closed() => return Err(End::Closed),
                () = self.outlet.closed() => return Err(End::Closed),
                pushed = self.push.next() => {
                    let live = matches!(&pushed, Pushed::Event(Event::Notification(_)));
                    self.take(pushed)?;
                    if live {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    async fn next_due(&mut self) -> Result<Due, End> {
        loop {
            let query = self.schedule.next_query(self.progress.repeat_due());
            let audit = self.audit.next_due();
            let next = first_due(query, audit, Instant::now());
            let due = async {
                match next {
                    Some((at, due)) => {
                        sleep_until(at).await;
                        due
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                // Events first: a hint that waits may delay or replace the query that is due.
                () = self.control.closed() => return Err(End::Closed),
                pushed = self.push.next() => self.take(pushed)?,
                () = self.control.hinted() => self.hinted(),
                Ok(()) = self.signing_in.changed() => self.sign_in_changed(),
                () = self.outlet.closed() => return Err(End::Closed),
                due = due => return Ok(due),
            }
        }
    }

    /// Sends items on, with the position after them.
    pub(super) async fn send_batch(
        &mut self,
        items: Vec<Item>,
        trigger: Trigger,
        caught_up: bool,
        position: Position,
    ) -> Result<(), End> {
        let initial = self.is_initial;
        self.is_initial &= !caught_up;
        let checkpoint = position.checkpoint(&self.resource);
        let audited = self.audit.snapshot().map(str::to_owned);
        let batch = ChangeBatch {
            checkpoint: checkpoint.expect("a page was read"),
            trigger,
            initial,
            // What the audit has not reached yet must not be swept.
            caught_up: caught_up && audited.is_none(),
            snapshot: audited.or_else(|| self.snapshot.clone()),
            resync_code: self.resync_code.take(),
            items,
        };
        self.control.status.count(|stats| {
            stats.batches += 1;
            stats.items += u64::try_from(batch.items.len()).unwrap_or_default();
            if !batch.items.is_empty() {
                stats.last_items_at = Some(SystemTime::now());
            }
        });
        self.round.items += batch.items.len();
        let outlet = Arc::clone(&self.outlet);
        let began = Instant::now();
        let sent = self.listen_during(async move { outlet.send(Ok(batch)).await });
        let sent = sent.await;
        self.round.waited += began.elapsed();
        sent
    }

    /// The position of a checkpoint. `link` leads to the next page of a query (`midway`), or to what
    /// follows its last one.
    pub(super) fn position(&self, link: &Link, midway: bool) -> Position {
        let overlap = if midway {
            self.progress.overlap_midway()
        } else {
            self.progress.overlap(Instant::now())
        };
        Position {
            link: link.clone(),
            midway,
            snapshot: self.snapshot.clone(),
            overlap,
            audit: self.audit.position(),
            enumerated_at: self.enumerated_at,
            began_now: self.began_now,
        }
    }

    /// Where a query with this trigger begins.
    pub(super) fn origin_of(&self, trigger: Trigger) -> Origin {
        match trigger {
            Trigger::Start => self.progress.first_origin(),
            Trigger::Lag => Origin::Trusted,
            Trigger::Hint
            | Trigger::Resync
            | Trigger::Poll
            | Trigger::Safety
            | Trigger::Renewal
            | Trigger::Audit => Origin::Latest,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_audit_delays_no_query() {
        let now = Instant::now();
        let [past, later] = [now - Duration::from_secs(9), now + Duration::from_secs(9)];
        let due = |query, audit| first_due(query, audit, now).map(|(_, due)| due);
        let hint = |at| Some((at, Trigger::Hint));
        assert_eq!(due(hint(now), Some(past)), Some(Due::Query(Trigger::Hint)));
        assert_eq!(due(hint(later), Some(past)), Some(Due::Audit));
        assert_eq!(due(hint(now), Some(later)), Some(Due::Query(Trigger::Hint)));
        assert_eq!(due(None, Some(later)), Some(Due::Audit));
        assert_eq!(due(None, None), None);
    }
}
