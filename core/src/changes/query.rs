//! One delta query, from its link to the next delta link; and the pages of an audit.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use super::batch::Trigger;
use super::checkpoint::{Link, new_snapshot};
use super::fetch::Fetched;
use super::item::Item;
use super::link_circle::LinkCircle;
use super::outlet::Outlet;
use super::page::PageLink;
use super::progress::Finished;
use super::push::Bell;
use super::round::{self, Round};
use super::source::{Gone, PageError, Source};
use super::worker::{End, Worker};
use crate::help_page::ErrorCause;
use crate::log_limit::limited;
use crate::{Error, ErrorKind, Lifecycle, retry_policy};

/// How many empty pages with a next link, or new enumerations, a query takes without a wait. Graph
/// sends empty pages too.
const UNPACED: u32 = 8;

/// If this many enumerations in a row end in 410 before their first page, the service is broken.
const MAX_RESTARTS: u32 = 3;

impl<S: Source, B: Bell, O: Outlet> Worker<S, B, O> {
    /// Follows the pages up to the delta link, and sends their items.
    pub(super) async fn query(&mut self, trigger: Trigger) -> Result<(), End> {
        self.round = Round::default();
        let span = round::span(&self.resource, &self.label, trigger);
        let pages = self.follow_pages(trigger).instrument(span.clone());
        let result = pages.await;
        let error = match &result {
            Ok(()) => None,
            Err(End::Failed(error)) => Some(error),
            Err(End::Closed) => return result,
        };
        let _in_span = span.enter();
        self.round
            .log(&span, &self.resource, &self.label, trigger, error);
        result
    }

    async fn follow_pages(&mut self, trigger: Trigger) -> Result<(), End> {
        let began = Instant::now();
        self.schedule.query_started(began);
        let origin = self.origin_of(trigger);
        let mut link = self.progress.link(origin).clone();
        // The end of the first query is sent even if it found nothing.
        let mut send_end = trigger == Trigger::Start;
        let (mut found_items, mut found_new) = (false, false);
        let mut restarts = 0;
        let mut fruitless = 0;
        self.pace.reset();
        let mut circle = LinkCircle::default();
        loop {
            let Fetched {
                page,
                graph_now,
                turn,
            } = match self.fetch_page(&link).await? {
                Ok(fetched) => fetched,
                Err(gone) => {
                    restarts += 1;
                    self.restart_enumeration(gone, restarts)?;
                    link = self.progress.latest().clone();
                    send_end = true;
                    fruitless += 1;
                    self.keep_pace(fruitless).await?;
                    continue;
                }
            };
            restarts = 0;
            self.round.pages += 1;
            let page_is_empty = page.items.is_empty();
            found_items |= !page_is_empty;
            fruitless += u32::from(page_is_empty);
            let items = self.new_items(page.items, graph_now);
            found_new |= !items.is_empty();
            match page.link {
                PageLink::Next(next) => {
                    circle.check(&next)?;
                    link = Link::Url(next);
                    if !items.is_empty() {
                        send_end = true;
                        let position = self.position(&link, true);
                        self.send_batch(items, trigger, false, position).await?;
                    }
                    drop(turn);
                }
                PageLink::Delta(next) => {
                    let now = Instant::now();
                    let finished = Finished {
                        origin,
                        began,
                        enumerated: self.enumerates,
                        found_items,
                        found_new,
                        link: Link::Url(next),
                    };
                    let audited = self.finish(trigger, finished, now);
                    if !items.is_empty() || send_end || audited {
                        let trigger = if audited { Trigger::Audit } else { trigger };
                        let position = self.position(self.progress.latest(), false);
                        self.send_batch(items, trigger, true, position).await?;
                    }
                    return Ok(());
                }
            }
            if page_is_empty {
                self.keep_pace(fruitless).await?;
            }
        }
    }

    /// Returns whether this has ended an audit.
    fn finish(&mut self, trigger: Trigger, finished: Finished, now: Instant) -> bool {
        self.schedule
            .query_finished(trigger, finished.found_new, now);
        if finished.enumerated {
            self.enumerated_at = Some(SystemTime::now());
            self.audit.cancel();
            self.audit.plan(Duration::ZERO, now);
        }
        self.set_enumerates(false);
        let awaits = self.schedule.awaits_announced();
        let confirmed = self.progress.finish(finished, awaits, now);
        self.control.status.count(|stats| {
            stats.queries += 1;
            stats.last_query_at = Some(SystemTime::now());
        });
        let audited = confirmed && self.audit.is_settling();
        if audited {
            self.snapshot = self.audit.finish(now);
            self.enumerated_at = Some(SystemTime::now());
            self.control.status.count(|stats| stats.audits += 1);
        }
        audited
    }

    fn new_items(&mut self, mut items: Vec<Item>, graph_now: SystemTime) -> Vec<Item> {
        if self.enumerates {
            return items;
        }
        self.judge_hearing(&items, graph_now);
        let all = items.len();
        self.progress.retain_new(&mut items);
        let repeated = u64::try_from(all - items.len()).unwrap_or_default();
        self.control
            .status
            .count(|stats| stats.repeated += repeated);
        items
    }

    /// No loop without a pace: a server could lead the query on for ever.
    async fn keep_pace(&mut self, fruitless: u32) -> Result<(), End> {
        if fruitless <= UNPACED {
            return Ok(());
        }
        let wait = self.pace.next_wait();
        limited!(
            DEBUG,
            resource = %self.resource,
            label = self.label.as_str(),
            wait = wait.as_secs_f64(),
            "the delta query finds nothing; waiting"
        );
        self.listen_during(sleep(wait)).await
    }

    fn restart_enumeration(&mut self, gone: Gone, restarts: u32) -> Result<(), End> {
        let Gone { code, location } = gone;
        if restarts > MAX_RESTARTS {
            let message = "Microsoft Graph ends every enumeration with 410 Gone before its \
                           first page; try again later, with the last checkpoint";
            return Err(Error::new(ErrorKind::Protocol, message)
                .with_cause(ErrorCause::ResyncRequired)
                .with_status(410)
                .into());
        }
        limited!(
            WARN,
            resource = %self.resource,
            label = self.label.as_str(),
            code,
            "Graph requires a new enumeration"
        );
        self.progress
            .restart(location.map_or(Link::Start, Link::Url), Instant::now());
        let before = self.audit.snapshot().or(self.snapshot.as_deref());
        self.snapshot = Some(new_snapshot(before));
        self.audit.cancel();
        self.resync_code = code;
        self.control.status.count(|stats| stats.resyncs += 1);
        self.set_enumerates(true);
        Ok(())
    }

    /// Begins an audit, or gets its next page. The other queries go on between the pages.
    pub(super) async fn audit_step(&mut self) -> Result<(), End> {
        let Some(link) = self.audit.next_page() else {
            let trusted = self.progress.trusted();
            self.audit.begin(trusted, self.snapshot.as_deref());
            return Ok(());
        };
        let Fetched {
            page,
            graph_now,
            turn,
        } = match self.attempt(&link).await? {
            Ok(fetched) => fetched,
            Err(PageError::Gone(_)) => {
                self.audit.page_failed(None, Instant::now());
                self.audit.start_over();
                return Ok(());
            }
            Err(PageError::Permanent(error)) => return Err(End::Failed(error)),
            Err(PageError::Failed(error)) => {
                self.audit_failed(error);
                return Ok(());
            }
        };
        self.judge_hearing(&page.items, graph_now);
        self.progress.note_items(&page.items);
        match page.link {
            PageLink::Next(next) => self.audit.page_read(next),
            PageLink::Delta(next) => {
                if let Some(origin) = self.audit.settle() {
                    let now = Instant::now();
                    self.progress.rewind(origin, Link::Url(next), now);
                }
            }
        }
        if !page.items.is_empty() {
            let position = self.position(self.progress.latest(), false);
            self.send_batch(page.items, Trigger::Audit, false, position)
                .await?;
        }
        drop(turn);
        Ok(())
    }

    /// The queries of the stream decide whether a refusal ends it.
    fn audit_failed(&mut self, error: Error) {
        let wait = self.audit.page_failed(error.retry_after(), Instant::now());
        tracing::warn!(
            resource = %self.resource,
            label = self.label.as_str(),
            error = error.message(),
            error_kind = error.kind().as_str(),
            help_url = error.help_url(),
            status = error.status(),
            wait = wait.as_secs_f64(),
            "a page of the audit failed; retrying"
        );
        if !retry_policy::delta_query_retries(&error) {
            self.audit.start_over();
        }
        self.control.status.count(|stats| stats.failures += 1);
        self.emit(Lifecycle::QueryFailed {
            error,
            retry_in: wait,
        });
    }
}
