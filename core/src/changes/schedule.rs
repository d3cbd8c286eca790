//! When to run the delta query, and why: without I/O, on the time that the caller passes in.

use std::time::Duration;

use tokio::time::Instant;

use super::batch::Trigger;
use crate::ChangesOptions;
use crate::clock::later;

/// A longer interval than this could overflow the clock.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Debug)]
pub(super) struct Schedule {
    options: ChangesOptions,
    hints: Option<Hints>,
    resync: Option<Instant>,
    /// A hint or a resync came before the running query, whatever its own trigger is.
    announced: bool,
    query_began: Instant,
    lag: Option<LagQuery>,
    /// The endpoint was replaced.
    renewal: Option<Instant>,
    /// Only while the subscription is not live.
    poll: Option<Instant>,
    safety: Option<Instant>,
}

/// A burst of hints that no query has followed yet.
#[derive(Debug, Clone, Copy)]
struct Hints {
    first: Instant,
    last: Instant,
}

/// A repeated query for announced changes that the last one may have missed.
#[derive(Debug, Clone, Copy)]
struct LagQuery {
    due: Instant,
    /// Which of the options' `lag_delays` leads to it.
    delay: usize,
    /// No query has found anything since the announcement.
    awaits: bool,
}

impl Schedule {
    /// Starts without a live subscription.
    pub(super) fn new(options: ChangesOptions, now: Instant) -> Self {
        let mut schedule = Self {
            options,
            hints: None,
            resync: None,
            announced: false,
            query_began: now,
            lag: None,
            renewal: None,
            poll: None,
            safety: None,
        };
        schedule.poll = Some(schedule.next_poll(now));
        schedule
    }

    pub(super) fn hint(&mut self, now: Instant) {
        let first = self.hints.map_or(now, |hints| hints.first);
        self.hints = Some(Hints { first, last: now });
    }

    pub(super) fn resync(&mut self, now: Instant) {
        self.resync.get_or_insert(now);
    }

    /// A new endpoint is a new subscription: the one before may have gone quiet.
    pub(super) fn renewed(&mut self, now: Instant) {
        self.renewal.get_or_insert(now);
    }

    /// The subscription is live, or is no longer.
    pub(super) fn set_live(&mut self, live: bool, now: Instant) {
        self.poll = match (live, self.poll) {
            (true, _) => None,
            (false, Some(poll)) => Some(poll),
            (false, None) => Some(self.next_poll(now)),
        };
    }

    /// Something was announced that no query has found yet.
    pub(super) fn awaits_announced(&self) -> bool {
        self.lag.is_some_and(|lag| lag.awaits)
    }

    /// The next query: when it is due, and its trigger. `repeat`: when to query once more from an
    /// earlier link; the repetitions for what is awaited do that, too.
    pub(super) fn next_query(&self, repeat: Option<Instant>) -> Option<(Instant, Trigger)> {
        let repeat = repeat.filter(|_| !self.awaits_announced());
        let hints = self.hints.map(|hints| {
            let quiet = later(hints.last, self.options.quiet_time);
            quiet.min(later(hints.first, self.options.max_delay))
        });
        // The first one wins if several are due at the same time.
        [
            (self.resync, Trigger::Resync),
            (hints, Trigger::Hint),
            (self.lag.map(|lag| lag.due), Trigger::Lag),
            (repeat, Trigger::Lag),
            (self.renewal, Trigger::Renewal),
            (self.poll, Trigger::Poll),
            (self.safety, Trigger::Safety),
        ]
        .into_iter()
        .filter_map(|(at, trigger)| Some((at?, trigger)))
        .min_by_key(|(at, _)| *at)
    }

    /// A query starts. It finds everything announced before it, unless delta lags behind.
    pub(super) fn query_started(&mut self, now: Instant) {
        self.query_began = now;
        let announced = (self.hints.take().map(drop), self.resync.take().map(drop));
        self.announced = announced != (None, None);
        self.renewal = None;
    }

    pub(super) fn query_finished(&mut self, trigger: Trigger, found_items: bool, now: Instant) {
        let last = self.options.lag_delays.len().checked_sub(1);
        let (next_delay, awaits) = match (trigger, self.lag) {
            // Some of the changes were visible, so others may still lag behind.
            _ if found_items => (last, false),
            // No hint repeats what was announced before the stream began.
            (Trigger::Start, _) => (last, false),
            (Trigger::Hint | Trigger::Resync, _) => (Some(0), true),
            _ if self.announced => (Some(0), true),
            // What the old endpoint has hidden may lag, too: a last repetition begins again.
            (Trigger::Renewal, lag) if lag.is_none_or(|lag| Some(lag.delay) == last) => {
                (last, self.awaits_announced())
            }
            // Another repetition, whose time it was.
            (Trigger::Lag, Some(lag)) if lag.due > self.query_began => {
                return self.plan_regular(now);
            }
            (Trigger::Lag, Some(lag)) => (Some(lag.delay + 1), lag.awaits),
            (Trigger::Lag, None) => (None, false),
            // Not a query for announced changes: a planned one stays as it is.
            (Trigger::Poll | Trigger::Safety | Trigger::Renewal | Trigger::Audit, _) => {
                return self.plan_regular(now);
            }
        };
        self.lag = next_delay.and_then(|delay| {
            let wait = self.options.lag_delays.get(delay)?;
            let due = later(now, *wait);
            Some(LagQuery { due, delay, awaits })
        });
        self.plan_regular(now);
    }

    fn plan_regular(&mut self, now: Instant) {
        if self.poll.is_some() {
            self.poll = Some(self.next_poll(now));
        }
        self.safety = self
            .options
            .safety_interval
            .map(|interval| later(now, interval));
    }

    fn next_poll(&self, now: Instant) -> Instant {
        let jitter = 0.75 + fastrand::f64() / 2.0;
        later(now, self.options.poll_interval.min(LONGEST).mul_f64(jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Live, and after the first query with its repetition.
    fn live() -> (Schedule, Instant) {
        let now = Instant::now();
        let mut schedule = Schedule::new(ChangesOptions::default(), now);
        schedule.set_live(true, now);
        schedule.query_started(now);
        schedule.query_finished(Trigger::Start, true, now);
        assert_eq!(due(&schedule, now), (30 * SECOND, Trigger::Lag));
        let later = now + 30 * SECOND;
        schedule.query_started(later);
        schedule.query_finished(Trigger::Lag, false, later);
        (schedule, later)
    }

    fn due(schedule: &Schedule, now: Instant) -> (Duration, Trigger) {
        let (at, trigger) = schedule.next_query(None).expect("something is due");
        (at.saturating_duration_since(now), trigger)
    }

    #[test]
    fn a_burst_of_hints_causes_one_query() {
        let (mut schedule, began) = live();
        let mut now = began;
        let mut queries = 0;
        for _ in 0..6 {
            schedule.hint(now);
            now += Duration::from_millis(100);
            if schedule.next_query(None).is_some_and(|(at, _)| at <= now) {
                queries += 1;
                schedule.query_started(now);
                schedule.query_finished(Trigger::Hint, true, now);
            }
        }
        assert_eq!(queries, 0);
        assert_eq!(
            due(&schedule, now),
            (Duration::from_millis(200), Trigger::Hint)
        );
    }

    #[test]
    fn endless_hints_delay_a_query_by_max_delay_only() {
        let (mut schedule, began) = live();
        for step in 0..100 {
            schedule.hint(began + Duration::from_millis(100) * step);
        }
        assert_eq!(due(&schedule, began), (2 * SECOND, Trigger::Hint));
    }

    #[test]
    fn a_hint_during_a_query_causes_another() {
        let (mut schedule, now) = live();
        schedule.hint(now);
        schedule.query_started(now);
        schedule.hint(now);
        schedule.hint(now);
        schedule.query_finished(Trigger::Hint, true, now);
        assert_eq!(due(&schedule, now).1, Trigger::Hint);
        schedule.query_started(now);
        schedule.query_finished(Trigger::Hint, true, now);
        assert_ne!(due(&schedule, now).1, Trigger::Hint);
    }

    #[test]
    fn a_query_that_finds_nothing_announced_is_repeated_three_times() {
        let (mut schedule, mut now) = live();
        schedule.hint(now);
        schedule.query_started(now);
        schedule.query_finished(Trigger::Hint, false, now);
        for wait in [3, 10, 30] {
            assert_eq!(due(&schedule, now), (wait * SECOND, Trigger::Lag));
            now += wait * SECOND;
            schedule.query_started(now);
            schedule.query_finished(Trigger::Lag, false, now);
        }
        assert_eq!(due(&schedule, now).1, Trigger::Safety);

        // A regular query in between leaves the plan as it is.
        schedule.query_finished(Trigger::Resync, false, now);
        schedule.query_finished(Trigger::Safety, false, now);
        assert_eq!(due(&schedule, now), (3 * SECOND, Trigger::Lag));
    }

    #[test]
    fn a_query_that_finds_items_is_repeated_once() {
        let (mut schedule, mut now) = live();
        for trigger in [Trigger::Hint, Trigger::Resync, Trigger::Lag, Trigger::Poll] {
            schedule.query_started(now);
            schedule.query_finished(trigger, true, now);
            assert_eq!(due(&schedule, now), (30 * SECOND, Trigger::Lag));
            now += 30 * SECOND;
        }
        schedule.query_started(now);
        schedule.query_finished(Trigger::Lag, false, now);
        assert_eq!(due(&schedule, now).1, Trigger::Safety);
    }

    #[test]
    fn a_hint_is_followed_up_after_a_query_with_any_trigger() {
        for trigger in [Trigger::Lag, Trigger::Poll, Trigger::Safety] {
            let (mut schedule, now) = live();
            schedule.hint(now);
            schedule.query_started(now);
            schedule.query_finished(trigger, false, now);
            assert_eq!(due(&schedule, now), (3 * SECOND, Trigger::Lag), "{trigger}");
            let now = now + 3 * SECOND;
            schedule.query_started(now);
            schedule.query_finished(Trigger::Lag, false, now);
            assert_eq!(
                due(&schedule, now),
                (10 * SECOND, Trigger::Lag),
                "{trigger}"
            );
        }
    }

    #[test]
    fn it_polls_without_a_live_subscription() {
        let now = Instant::now();
        let mut schedule = Schedule::new(ChangesOptions::default(), now);
        for _ in 0..3 {
            let (wait, trigger) = due(&schedule, now);
            assert_eq!(trigger, Trigger::Poll);
            assert!(wait >= 45 * SECOND && wait <= 75 * SECOND, "{wait:?}");
            schedule.query_started(now);
            schedule.query_finished(Trigger::Poll, false, now);
        }
        schedule.set_live(true, now);
        assert_eq!(due(&schedule, now).1, Trigger::Safety);
        schedule.set_live(false, now);
        assert_eq!(due(&schedule, now).1, Trigger::Poll);
    }

    #[test]
    fn a_resync_causes_a_query_at_once() {
        let (mut schedule, now) = live();
        schedule.hint(now);
        schedule.resync(now);
        assert_eq!(due(&schedule, now), (Duration::ZERO, Trigger::Resync));
        schedule.query_started(now);
        schedule.query_finished(Trigger::Resync, true, now);
        assert_eq!(due(&schedule, now), (30 * SECOND, Trigger::Lag));
        let now = now + 30 * SECOND;
        schedule.query_started(now);
        schedule.query_finished(Trigger::Lag, false, now);
        assert_eq!(due(&schedule, now), (24 * 3600 * SECOND, Trigger::Safety));
    }
}
