//! From which link to query, so that no link of Graph can skip a change.
//!
//! Delta lags: a change becomes visible some time after it was made. A live client found that a query
//! that is too early may return a link that skips such a change for ever. So a link is believed only
//! after a query from an earlier one, made when everything before that link must be visible:
//!
//! - A query that finds nothing moves nothing.
//! - [`latest`](Progress::latest) is the link of the last query that found something. Queries for new
//!   announcements begin there, because little follows it.
//! - [`trusted`](Progress::trusted) is an earlier link. It moves on to a [`Candidate`] when a query from
//!   it has begun later than the candidate's `at` by the longest lag. Repeated queries begin there, and
//!   so does a stream that is restarted from a checkpoint.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::checkpoint::{Link, Overlap, Position};
use super::item::Item;
use super::seen::Seen;
use crate::clock::later;

/// An announcement that is never found holds a candidate up for this many times the longest lag.
const LONGEST_HOLD: u32 = 4;

#[derive(Debug)]
pub(super) struct Progress {
    latest: Link,
    /// When `latest` was issued, or at least not before that.
    latest_at: Instant,
    /// `None` before the first query has ended. The same as `latest` while nothing is pending.
    trusted: Option<Link>,
    candidate: Option<Candidate>,
    /// `latest` leads to a further page of a query, which must be finished first.
    midway: bool,
    seen: Seen,
    /// The longest time that delta is expected to lag.
    lag: Duration,
}

/// A link that may skip what was not visible when Graph issued it.
#[derive(Debug, Clone)]
struct Candidate {
    link: Link,
    at: Instant,
}

/// Where a query begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Latest,
    Trusted,
}

/// A query that has reached its delta link.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) origin: Origin,
    pub(super) began: Instant,
    /// It was an enumeration.
    pub(super) enumerated: bool,
    /// Graph returned items.
    pub(super) found_items: bool,
    /// Some of them were not handed out before.
    pub(super) found_new: bool,
    pub(super) link: Link,
}

impl Progress {
    pub(super) fn new(position: &Position, lag: Duration, now: Instant) -> Self {
        let link = position.link.clone();
        let overlap = position.overlap.as_ref();
        let at = overlap.map_or(now, |overlap| instant(overlap.since, now));
        let trusted = match (overlap, &link) {
            (Some(overlap), _) => Some(Link::Url(overlap.link.clone())),
            (None, Link::Url(_)) if !position.midway => Some(link.clone()),
            (None, _) => None,
        };
        let is_pending = overlap.is_some() && !position.midway;
        Self {
            candidate: is_pending.then(|| Candidate {
                link: link.clone(),
                at,
            }),
            trusted,
            latest: link,
            latest_at: at,
            midway: position.midway,
            seen: Seen::default(),
            lag,
        }
    }

    /// Where the first query begins: that from the trusted link finds what the other would, too.
    pub(super) fn first_origin(&self) -> Origin {
        match self.candidate {
            Some(_) => Origin::Trusted,
            None => Origin::Latest,
        }
    }

    pub(super) fn link(&self, origin: Origin) -> &Link {
        match (origin, &self.trusted) {
            (Origin::Trusted, Some(trusted)) => trusted,
            _ => &self.latest,
        }
    }

    pub(super) fn latest(&self) -> &Link {
        &self.latest
    }

    /// The link to begin from after a restart, besides `latest`.
    pub(super) fn overlap(&self, now: Instant) -> Option<Overlap> {
        let age = now.saturating_duration_since(self.candidate.as_ref()?.at);
        let since = SystemTime::now().checked_sub(age);
        self.overlap_since(since.unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// For the checkpoint of a page that more pages follow: nothing of that query is trusted yet.
    pub(super) fn overlap_midway(&self) -> Option<Overlap> {
        self.overlap_since(SystemTime::now())
    }

    fn overlap_since(&self, since: SystemTime) -> Option<Overlap> {
        let Some(Link::Url(trusted)) = &self.trusted else {
            return None;
        };
        Some(Overlap {
            link: trusted.clone(),
            since,
        })
    }

    pub(super) fn trusted(&self) -> Option<&Link> {
        self.trusted.as_ref()
    }

    /// When to query from the trusted link.
    pub(super) fn repeat_due(&self) -> Option<Instant> {
        let candidate = self.candidate.as_ref()?;
        Some(later(candidate.at, self.lag))
    }

    /// Removes what was handed out before in the same state.
    pub(super) fn retain_new(&mut self, items: &mut Vec<Item>) {
        if self.trusted.is_some() {
            items.retain(|item| !self.seen.is_repeat(item));
        }
    }

    /// Takes items that are handed out in any case.
    pub(super) fn note_items(&mut self, items: &[Item]) {
        for item in items {
            self.seen.update(item);
        }
    }

    /// Graph has lost track: begins again from this link.
    pub(super) fn restart(&mut self, link: Link, now: Instant) {
        self.latest = link;
        self.latest_at = now;
        self.midway = false;
        self.trusted = None;
        self.candidate = None;
        self.seen.clear();
    }

    /// Continues with the link of an audit. What changed during the audit is looked for from `origin`,
    /// the trusted link when it began.
    pub(super) fn rewind(&mut self, origin: Link, link: Link, now: Instant) {
        self.trusted = Some(origin);
        self.candidate = Some(Candidate {
            link: link.clone(),
            at: now,
        });
        self.latest = link;
        self.latest_at = now;
    }

    /// Whether the trusted link has moved on. `awaits`: something was announced that no query has found
    /// yet.
    pub(super) fn finish(&mut self, query: Finished, awaits: bool, now: Instant) -> bool {
        if query.enumerated || self.trusted.is_none() {
            self.restart(query.link, now);
            self.trusted = Some(self.latest.clone());
            return false;
        }
        // From the same link, whatever came is behind it now.
        let begins_at_latest =
            query.origin == Origin::Latest || self.trusted.as_ref() == Some(&self.latest);
        let moves = if begins_at_latest {
            query.found_items || self.midway
        } else {
            query.found_new
        };
        let moved_on = self.confirm(&query, awaits);
        if moves {
            self.latest = query.link;
            self.latest_at = now;
            self.midway = false;
        }
        if self.lag.is_zero() && self.candidate.is_none() {
            self.trusted = Some(self.latest.clone());
        }
        if self.candidate.is_none() && self.trusted.as_ref() != Some(&self.latest) {
            self.candidate = Some(Candidate {
                link: self.latest.clone(),
                at: self.latest_at,
            });
        }
        if self.candidate.is_none() {
            self.seen.clear();
        }
        moved_on
    }

    fn confirm(&mut self, query: &Finished, awaits: bool) -> bool {
        let Some(candidate) = &self.candidate else {
            return false;
        };
        let is_late_enough =
            query.origin == Origin::Trusted && query.began >= later(candidate.at, self.lag);
        let is_held =
            awaits && query.began < later(candidate.at, self.lag.saturating_mul(LONGEST_HOLD));
        if !is_late_enough || is_held {
            return false;
        }
        self.trusted = Some(candidate.link.clone());
        self.candidate = None;
        self.seen.rotate();
        true
    }
}

/// When this time of the calendar was, by the clock of the timers; now at the latest.
fn instant(time: SystemTime, now: Instant) -> Instant {
    let age = SystemTime::now().duration_since(time).unwrap_or_default();
    now.checked_sub(age).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DriveItem, Resource, Since};

    const LAG: Duration = Duration::from_secs(120);

    fn url(link: &str) -> Link {
        Link::Url(link.to_owned())
    }

    /// After the first enumeration, whose delta link is `0`.
    fn enumerated() -> (Progress, Instant) {
        let now = Instant::now();
        let position = Position::of(&Since::Start, &Resource::my_drive()).unwrap();
        let mut progress = Progress::new(&position, LAG, now);
        let query = Finished {
            enumerated: true,
            ..found(Origin::Latest, now, true, "0")
        };
        assert!(!progress.finish(query, false, now));
        assert_eq!(
            (progress.repeat_due(), progress.trusted()),
            (None, Some(&url("0")))
        );
        (progress, now)
    }

    fn found(origin: Origin, began: Instant, items: bool, link: &str) -> Finished {
        Finished {
            origin,
            began,
            enumerated: false,
            found_items: items,
            found_new: items,
            link: url(link),
        }
    }

    #[test]
    fn a_query_that_finds_nothing_moves_nothing() {
        let (mut progress, now) = enumerated();
        for origin in [Origin::Latest, Origin::Trusted] {
            progress.finish(found(origin, now, false, "1"), false, now);
            assert_eq!(*progress.link(origin), url("0"));
        }
        assert_eq!((progress.repeat_due(), progress.overlap(now)), (None, None));
    }

    #[test]
    fn a_link_is_trusted_after_a_later_query_from_the_one_before() {
        let (mut progress, now) = enumerated();
        progress.finish(found(Origin::Latest, now, true, "1"), false, now);
        assert_eq!(*progress.link(Origin::Latest), url("1"));
        assert_eq!(*progress.link(Origin::Trusted), url("0"));
        assert_eq!(progress.overlap(now).unwrap().link, "0");
        assert_eq!(progress.repeat_due(), Some(now + LAG));
        let early = found(Origin::Trusted, now + LAG / 2, false, "2");
        assert!(!progress.finish(early, false, now + LAG / 2));
        let due = now + LAG;
        assert!(!progress.finish(found(Origin::Latest, due, false, "3"), false, due));
        assert!(
            !progress.finish(found(Origin::Trusted, due, false, "3"), true, due),
            "awaited"
        );
        assert!(progress.finish(found(Origin::Trusted, due, false, "4"), false, due));
        assert_eq!(*progress.link(Origin::Trusted), url("1"));
        assert_eq!((progress.repeat_due(), progress.overlap(due)), (None, None));
    }

    #[test]
    fn what_is_never_found_holds_no_link_up_for_ever() {
        let (mut progress, now) = enumerated();
        progress.finish(found(Origin::Latest, now, true, "1"), false, now);
        let late = now + LAG * LONGEST_HOLD;
        assert!(progress.finish(found(Origin::Trusted, late, false, "2"), true, late));
    }

    #[test]
    fn busy_drives_move_on_link_by_link() {
        let (mut progress, now) = enumerated();
        progress.finish(found(Origin::Latest, now, true, "1"), false, now);
        let later = now + LAG / 2;
        progress.finish(found(Origin::Latest, later, true, "2"), false, later);
        let due = now + LAG;
        assert!(progress.finish(found(Origin::Trusted, due, true, "3"), false, due));
        assert_eq!(*progress.link(Origin::Trusted), url("1"));
        assert_eq!(*progress.link(Origin::Latest), url("3"));
        assert_eq!(progress.repeat_due(), Some(due + LAG));
    }

    #[test]
    fn what_comes_again_unchanged_is_left_out_until_its_link_is_trusted() {
        let (mut progress, now) = enumerated();
        let item = || Item::Drive(DriveItem::from_raw(r#"{"id":"a"}"#).unwrap());
        let mut items = vec![item()];
        progress.retain_new(&mut items);
        assert_eq!(items.len(), 1);
        progress.finish(found(Origin::Latest, now, true, "1"), false, now);
        progress.retain_new(&mut items);
        assert!(items.is_empty());
        let due = now + LAG;
        progress.finish(found(Origin::Trusted, due, false, "2"), false, due);
        let mut items = vec![item()];
        progress.retain_new(&mut items);
        assert_eq!(items.len(), 1);
    }

    #[test]
    fn a_restart_continues_from_the_link_that_is_trusted() {
        let (mut progress, now) = enumerated();
        progress.finish(found(Origin::Latest, now, true, "1"), false, now);
        let mut position = Position::of(&Since::Start, &Resource::my_drive()).unwrap();
        position.link = url("1");
        position.overlap = progress.overlap(now);
        let restarted = Progress::new(&position, LAG, now);
        assert_eq!(restarted.first_origin(), Origin::Trusted);
        assert_eq!(*restarted.link(Origin::Trusted), url("0"));
        let due = restarted.repeat_due().unwrap();
        assert!(due <= now + LAG && due + Duration::from_secs(2) > now + LAG);

        position.midway = true;
        let midway = Progress::new(&position, LAG, now);
        assert_eq!(midway.first_origin(), Origin::Latest);
        assert_eq!(*midway.link(Origin::Latest), url("1"));
    }

    #[test]
    fn an_audit_looks_again_from_before_it() {
        let (mut progress, now) = enumerated();
        progress.rewind(url("0"), url("audit"), now);
        assert_eq!(*progress.link(Origin::Trusted), url("0"));
        let due = progress.repeat_due().unwrap();
        assert!(progress.finish(found(Origin::Trusted, due, true, "1"), false, due));
        assert_eq!(progress.trusted(), Some(&url("audit")));
    }
}
