//! How a worker gets a page.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use super::checkpoint::Link;
use super::outlet::Outlet;
use super::page::Page;
use super::push::Bell;
use super::source::{Gone, PageError, Received, Source};
use super::worker::{End, Worker};
use crate::clock::later;
use crate::pacing::Urgency;
use crate::{Error, ErrorKind, Lifecycle, retry_policy};

pub(super) struct Fetched<Turn> {
    pub(super) page: Page,
    pub(super) graph_now: SystemTime,
    /// Dropped when the page was handed out.
    pub(super) turn: Turn,
}

/// Waits until a page may be requested and handed out. Whoever waits for the one does not hold the
/// other: a limit of one user must not take the turns of all, nor a slow consumer what the requests
/// of others need.
async fn admission<S: Source, O: Outlet>(
    source: &S,
    outlet: &O,
    link: &Link,
    mut urgency: Urgency,
) -> (S::Permit, O::Turn) {
    loop {
        let permit = source.permit(link, urgency).await;
        if let Some(turn) = outlet.try_turn() {
            return (permit, turn);
        }
        drop(permit);
        let turn = outlet.turn().await;
        if let Some(permit) = source.try_permit(link) {
            return (permit, turn);
        }
        // It has waited in both lines.
        urgency = Urgency::First;
    }
}

impl<S: Source, B: Bell, O: Outlet> Worker<S, B, O> {
    /// Gets the next page, however many attempts that takes.
    pub(super) async fn fetch_page(
        &mut self,
        link: &Link,
    ) -> Result<Result<Fetched<O::Turn>, Gone>, End> {
        loop {
            let error = match self.attempt(link).await? {
                Ok(fetched) => return Ok(Ok(fetched)),
                Err(PageError::Gone(gone)) => return Ok(Err(gone)),
                Err(PageError::Permanent(error)) => return Err(End::Failed(error)),
                Err(PageError::Failed(error)) => error,
            };
            let wait = self.wait_before_retry(error)?;
            self.listen_during(sleep(wait)).await?;
        }
    }

    /// Makes one attempt to get a page, when it is this stream's turn.
    pub(super) async fn attempt(
        &mut self,
        link: &Link,
    ) -> Result<Result<Fetched<O::Turn>, PageError>, End> {
        let urgency = if self.has_asked {
            Urgency::Routine
        } else {
            Urgency::First
        };
        let (source, outlet) = (Arc::clone(&self.source), Arc::clone(&self.outlet));
        let (permit, turn) = {
            let link = link.clone();
            // Boxed, to keep the streams small that wait for nothing.
            let admission =
                Box::pin(async move { admission(&*source, &*outlet, &link, urgency).await });
            self.listen_during(admission).await?
        };
        let (source, link) = (Arc::clone(&self.source), link.clone());
        let result = self
            .listen_during(async move { source.page(&link, permit).await })
            .await?;
        // Who is only told to wait has asked for nothing yet.
        self.has_asked |= !matches!(
            &result,
            Err(PageError::Failed(error)) if error.kind() == ErrorKind::Throttled
        );
        Ok(match result {
            Ok(Received { page, graph_now }) => {
                self.has_succeeded = true;
                self.start_deadline = None;
                self.refusals.end();
                self.backoff.reset();
                self.set_failing(false);
                if let Some(change) = self.refused_push.take() {
                    self.emit(change);
                }
                Ok(Fetched {
                    page,
                    graph_now,
                    turn,
                })
            }
            Err(error) => Err(error),
        })
    }

    /// # Errors
    /// The failure itself, if retrying cannot help, or there is no time left for it.
    fn wait_before_retry(&mut self, error: Error) -> Result<Duration, End> {
        self.control.status.count(|stats| stats.failures += 1);
        let now = Instant::now();
        if retry_policy::delta_query_retries(&error) {
            self.refusals.end();
        } else if self.refusals.are_final(&error, self.has_succeeded, now) {
            return Err(End::Failed(error));
        }
        let wait = self
            .backoff
            .wait_after(error.retry_after())
            .max(self.refusals.wait());
        let deadline = self.start_deadline.filter(|_| !self.asks_a_person());
        if deadline.is_some_and(|deadline| later(now, wait) >= deadline) {
            return Err(End::Failed(error));
        }
        tracing::warn!(
            resource = %self.resource,
            label = self.label.as_str(),
            error = error.message(),
            error_kind = error.kind().as_str(),
            help_url = error.help_url(),
            status = error.status(),
            wait = wait.as_secs_f64(),
            "delta query failed; retrying"
        );
        self.set_failing(true);
        self.emit(Lifecycle::QueryFailed {
            error,
            retry_in: wait,
        });
        Ok(wait)
    }

    fn asks_a_person(&self) -> bool {
        *self.signing_in.borrow()
    }
}
