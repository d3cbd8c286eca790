//! What is logged of a delta query, once it is over: one record, and one span.

use std::time::Duration;

use tokio::time::Instant;
use tracing::Span;
use tracing::field::Empty;

use super::batch::Trigger;
use crate::label::Label;
use crate::log_record::CHANGES_ROUND;
use crate::{Error, Resource};

/// What a delta query has done so far.
pub(super) struct Round {
    began: Instant,
    pub(super) pages: usize,
    /// Handed out.
    pub(super) items: usize,
    /// For the consumer.
    pub(super) waited: Duration,
}

impl Default for Round {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            pages: 0,
            items: 0,
            waited: Duration::ZERO,
        }
    }
}

/// The span of a query. It belongs to no span of the program: it may come hours after the call.
pub(super) fn span(resource: &Resource, label: &Label, trigger: Trigger) -> Span {
    tracing::info_span!(
        target: "drivebell::changes",
        parent: None,
        CHANGES_ROUND,
        resource = %resource,
        label = label.as_str(),
        trigger = trigger.as_str(),
        pages = Empty,
        items = Empty,
        error = Empty,
        error_kind = Empty,
    )
}

impl Round {
    pub(super) fn log(
        &self,
        span: &Span,
        resource: &Resource,
        label: &Label,
        trigger: Trigger,
        error: Option<&Error>,
    ) {
        let error_kind = error.map(|error| error.kind().as_str());
        let [pages, items] = [self.pages, self.items].map(signed);
        span.record("pages", pages);
        span.record("items", items);
        span.record("error", error.map(Error::message));
        span.record("error_kind", error_kind);
        let worked = self.began.elapsed().saturating_sub(self.waited);
        tracing::event!(
            name: CHANGES_ROUND,
            target: "drivebell::changes",
            tracing::Level::DEBUG,
            resource = %resource,
            label = label.as_str(),
            trigger = trigger.as_str(),
            pages,
            items,
            duration = worked.as_secs_f64(),
            error = error.map(Error::message),
            error_kind,
            help_url = error.map(Error::help_url),
            "delta query"
        );
    }
}

/// Exporters of spans know no other numbers: they would make a text of it.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
