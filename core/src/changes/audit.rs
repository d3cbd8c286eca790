//! When to enumerate everything again, and how far that is.
//!
//! Graph loses tombstones: two independent clients never got some of them, of deletions that succeeded
//! (<https://github.com/OneDrive/onedrive-api-docs/issues/1927>). Only a full enumeration shows that an
//! item is gone. It runs page by page between the other queries, so that it delays no hint.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::checkpoint::{AuditPosition, Link, new_snapshot};
use crate::clock::later;
use crate::pacing::Backoff;

/// A longer interval than this could overflow the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An audit that is overdue when a stream starts waits up to this long, so that streams that start
/// together do not audit together.
const LONGEST_SPREAD: Duration = Duration::from_secs(10 * 60);

#[derive(Debug)]
pub(super) struct Audit {
    /// `None`: never.
    interval: Option<Duration>,
    due: Option<Instant>,
    running: Option<Running>,
    backoff: Backoff,
    /// When the next page may be requested.
    page_due: Instant,
}

#[derive(Debug)]
struct Running {
    snapshot: String,
    /// The trusted link from before it began.
    origin: String,
    next: Next,
}

#[derive(Debug)]
enum Next {
    First,
    Page(String),
    /// All pages were read. A query is left that finds what changed meanwhile.
    Settle,
}

impl Audit {
    /// `enumerated_at`: when everything was enumerated last, if it ever was.
    pub(super) fn new(
        interval: Option<Duration>,
        enumerated_at: Option<SystemTime>,
        running: Option<AuditPosition>,
        backoff: Backoff,
        now: Instant,
    ) -> Self {
        let mut audit = Self {
            interval: interval.map(|interval| interval.min(LONGEST)),
            due: None,
            running: running.map(Running::from),
            backoff,
            page_due: now,
        };
        if let Some(at) = enumerated_at {
            let age = SystemTime::now().duration_since(at).unwrap_or_default();
            audit.plan(age, now);
        }
        audit
    }

    /// Plans the next one. `age`: how long ago everything was enumerated.
    pub(super) fn plan(&mut self, age: Duration, now: Instant) {
        self.due = self.interval.map(|interval| {
            let jittered = interval.mul_f64(0.9 + fastrand::f64() / 10.0);
            let spread = (interval / 10).min(LONGEST_SPREAD).mul_f64(fastrand::f64());
            later(now, jittered.checked_sub(age).unwrap_or(spread))
        });
    }

    /// For a checkpoint; `None` before the first page, from which it may begin again.
    pub(super) fn position(&self) -> Option<AuditPosition> {
        let running = self.running.as_ref()?;
        let next = match &running.next {
            Next::First => return None,
            Next::Page(next) => Some(next.clone()),
            Next::Settle => None,
        };
        Some(AuditPosition {
            snapshot: running.snapshot.clone(),
            origin: running.origin.clone(),
            next,
        })
    }

    /// The snapshot of all batches while it runs.
    pub(super) fn snapshot(&self) -> Option<&str> {
        Some(&self.running.as_ref()?.snapshot)
    }

    /// Whether all of its pages were read, and a query is left that finds what changed meanwhile.
    pub(super) fn is_settling(&self) -> bool {
        matches!(&self.running, Some(running) if matches!(running.next, Next::Settle))
    }

    /// When there is something to do.
    pub(super) fn next_due(&self) -> Option<Instant> {
        match &self.running {
            Some(_) if self.is_settling() => None,
            Some(_) => Some(self.page_due),
            None => self.due,
        }
    }

    /// Begins, if it is due. `origin`: the trusted link.
    pub(super) fn begin(&mut self, origin: Option<&Link>, before: Option<&str>) {
        self.due = None;
        // Without a trusted link, everything is being enumerated.
        if let Some(Link::Url(origin)) = origin {
            self.running = Some(Running {
                snapshot: new_snapshot(before),
                origin: origin.clone(),
                next: Next::First,
            });
        }
    }

    pub(super) fn next_page(&self) -> Option<Link> {
        match &self.running.as_ref()?.next {
            Next::First => Some(Link::Start),
            Next::Page(next) => Some(Link::Url(next.clone())),
            Next::Settle => None,
        }
    }

    /// Goes on to the next page.
    pub(super) fn page_read(&mut self, next: String) {
        self.backoff.reset();
        if let Some(running) = &mut self.running {
            running.next = Next::Page(next);
        }
    }

    /// The last page was read. Returns the trusted link from before the audit.
    pub(super) fn settle(&mut self) -> Option<Link> {
        self.backoff.reset();
        let running = self.running.as_mut()?;
        running.next = Next::Settle;
        Some(Link::Url(running.origin.clone()))
    }

    /// A page could not be had. Returns the wait before the next attempt.
    pub(super) fn page_failed(&mut self, pause: Option<Duration>, now: Instant) -> Duration {
        let wait = self.backoff.wait_after(pause);
        self.page_due = later(now, wait);
        wait
    }

    /// Begins again from the first page: nothing that follows this one can be had.
    pub(super) fn start_over(&mut self) {
        if let Some(running) = &mut self.running {
            running.next = Next::First;
            running.snapshot = new_snapshot(Some(&running.snapshot));
        }
    }

    /// Everything was enumerated. Returns the snapshot.
    pub(super) fn finish(&mut self, now: Instant) -> Option<String> {
        let running = self.running.take()?;
        self.plan(Duration::ZERO, now);
        Some(running.snapshot)
    }

    /// Another enumeration does its work.
    pub(super) fn cancel(&mut self) {
        self.running = None;
    }
}

impl From<AuditPosition> for Running {
    fn from(position: AuditPosition) -> Self {
        Self {
            snapshot: position.snapshot,
            origin: position.origin,
            next: position.next.map_or(Next::Settle, Next::Page),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

    fn audit(interval: Option<Duration>, age: Duration, now: Instant) -> Audit {
        let second = Duration::from_secs(1);
        let at = SystemTime::now().checked_sub(age);
        Audit::new(interval, at, None, Backoff::new(second, second), now)
    }

    #[test]
    fn it_is_due_once_an_interval_with_jitter_also_over_restarts() {
        let now = Instant::now();
        let day = Duration::from_secs(24 * 3600);
        for _ in 0..100 {
            let due = audit(Some(WEEK), 2 * day, now).next_due().unwrap();
            assert!(due > now + 4 * day && due <= now + 5 * day);
            let overdue = audit(Some(WEEK), 9 * day, now).next_due().unwrap();
            assert!(overdue >= now && overdue <= now + LONGEST_SPREAD);
        }
        assert_eq!(audit(None, 9 * day, now).next_due(), None);
        assert!(audit(Some(Duration::MAX), day, now).next_due().is_some());
    }

    #[test]
    fn its_position_is_restored_in_the_middle_and_before_its_end() {
        let now = Instant::now();
        let mut audit = audit(Some(WEEK), 2 * WEEK, now);
        audit.begin(Some(&Link::Url("origin".to_owned())), None);
        assert_eq!(
            (audit.position(), audit.next_page()),
            (None, Some(Link::Start))
        );
        audit.page_read("2".to_owned());
        for _ in 0..2 {
            let position = audit.position().unwrap();
            let restored = Running::from(position.clone());
            audit.running = Some(restored);
            assert_eq!(audit.position().unwrap(), position);
            audit.settle();
        }
        assert!(audit.is_settling() && audit.next_due().is_none());
        let snapshot = audit.snapshot().map(str::to_owned);
        assert_eq!(audit.finish(now), snapshot);
        assert!(audit.next_due().unwrap() > now + WEEK / 2);
    }
}
