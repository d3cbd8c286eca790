//! When to look at the drive, and why: without I/O, and by the time it is given.

use std::time::Duration;

use tokio::time::Instant;

use super::Trigger;
use crate::ChangesOptions;

/// A year, where the clock could not count what an option says.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Debug)]
pub(super) struct Agenda {
    options: ChangesOptions,
    hints: Option<Hints>,
    resync: Option<Instant>,
    /// The look that is under way is for something that was announced, whatever its reason is.
    announced: bool,
    /// When to look again for what was announced and not found, and how often that was done.
    lag: Option<(Instant, usize)>,
    /// Only while the subscription is not live.
    poll: Option<Instant>,
    safety: Option<Instant>,
}

/// A burst of hints that no look has followed yet.
#[derive(Debug, Clone, Copy)]
struct Hints {
    first: Instant,
    last: Instant,
}

impl Agenda {
    /// Before the subscription is live.
    pub(super) fn new(options: ChangesOptions, now: Instant) -> Self {
        let mut agenda = Self {
            options,
            hints: None,
            resync: None,
            announced: false,
            lag: None,
            poll: None,
            safety: None,
        };
        agenda.poll = Some(agenda.next_poll(now));
        agenda
    }

    pub(super) fn hint(&mut self, now: Instant) {
        let first = self.hints.map_or(now, |hints| hints.first);
        self.hints = Some(Hints { first, last: now });
    }

    pub(super) fn resync(&mut self, now: Instant) {
        self.resync.get_or_insert(now);
    }

    /// The subscription has become live, or is no longer.
    pub(super) fn live(&mut self, live: bool, now: Instant) {
        self.poll = match (live, self.poll) {
            (true, _) => None,
            (false, Some(poll)) => Some(poll),
            (false, None) => Some(self.next_poll(now)),
        };
    }

    /// What is due first, and when.
    pub(super) fn next(&self) -> Option<(Instant, Trigger)> {
        let hints = self.hints.map(|hints| {
            let quiet = after(hints.last, self.options.quiet_time);
            quiet.min(after(hints.first, self.options.max_delay))
        });
        // Of what is due at the same time, the first of these is the reason.
        [
            (self.resync, Trigger::Resync),
            (hints, Trigger::Hint),
            (self.lag.map(|(at, _)| at), Trigger::Lag),
            (self.poll, Trigger::Poll),
            (self.safety, Trigger::Safety),
        ]
        .into_iter()
        .filter_map(|(at, trigger)| Some((at?, trigger)))
        .min_by_key(|(at, _)| *at)
    }

    /// A look begins, and finds whatever was announced before it, unless delta lags behind.
    pub(super) fn begin(&mut self) {
        let announced = (self.hints.take().map(drop), self.resync.take().map(drop));
        self.announced = announced != (None, None);
    }

    /// The look is over.
    pub(super) fn done(&mut self, trigger: Trigger, found: bool, now: Instant) {
        let last = self.options.lag_delays.len().checked_sub(1);
        let next_try = match (trigger, self.lag) {
            // Where some of it was seen, some may lag behind still; and nobody announces anew what
            // was announced before the stream began.
            _ if found => last,
            (Trigger::Start, _) => last,
            (Trigger::Hint | Trigger::Resync, _) => Some(0),
            _ if self.announced => Some(0),
            (Trigger::Lag, Some((_, tries))) => Some(tries + 1),
            (Trigger::Lag, None) => None,
            // It was not looking for what was announced: the plan stands.
            (Trigger::Poll | Trigger::Safety, _) => return self.plan_regular(now),
        };
        self.lag = next_try.and_then(|tries| {
            let delay = self.options.lag_delays.get(tries)?;
            Some((after(now, *delay), tries))
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
            .map(|interval| after(now, interval));
    }

    fn next_poll(&self, now: Instant) -> Instant {
        let jitter = 0.75 + fastrand::f64() / 2.0;
        after(now, self.options.poll_interval.min(LONGEST).mul_f64(jitter))
    }
}

fn after(instant: Instant, wait: Duration) -> Instant {
    instant + wait.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Live, and what came of the first look is over.
    fn live() -> (Agenda, Instant) {
        let now = Instant::now();
        let mut agenda = Agenda::new(ChangesOptions::default(), now);
        agenda.live(true, now);
        agenda.begin();
        agenda.done(Trigger::Start, true, now);
        assert_eq!(due(&agenda, now), (30 * SECOND, Trigger::Lag));
        let later = now + 30 * SECOND;
        agenda.begin();
        agenda.done(Trigger::Lag, false, later);
        (agenda, later)
    }

    fn due(agenda: &Agenda, now: Instant) -> (Duration, Trigger) {
        let (at, trigger) = agenda.next().expect("something is due");
        (at.saturating_duration_since(now), trigger)
    }

    #[test]
    fn a_burst_of_hints_is_one_look() {
        let (mut agenda, began) = live();
        let mut now = began;
        let mut looks = 0;
        for _ in 0..6 {
            agenda.hint(now);
            now += Duration::from_millis(100);
            if agenda.next().is_some_and(|(at, _)| at <= now) {
                looks += 1;
                agenda.begin();
                agenda.done(Trigger::Hint, true, now);
            }
        }
        assert_eq!(looks, 0);
        assert_eq!(
            due(&agenda, now),
            (Duration::from_millis(200), Trigger::Hint)
        );
    }

    #[test]
    fn hints_that_do_not_end_are_not_waited_out() {
        let (mut agenda, began) = live();
        for step in 0..100 {
            agenda.hint(began + Duration::from_millis(100) * step);
        }
        assert_eq!(due(&agenda, began), (2 * SECOND, Trigger::Hint));
    }

    #[test]
    fn a_hint_during_a_look_causes_one_more() {
        let (mut agenda, now) = live();
        agenda.hint(now);
        agenda.begin();
        agenda.hint(now);
        agenda.hint(now);
        agenda.done(Trigger::Hint, true, now);
        assert_eq!(due(&agenda, now).1, Trigger::Hint);
        agenda.begin();
        agenda.done(Trigger::Hint, true, now);
        assert_ne!(due(&agenda, now).1, Trigger::Hint);
    }

    #[test]
    fn what_was_announced_and_not_found_is_looked_for_three_times_more() {
        let (mut agenda, mut now) = live();
        agenda.hint(now);
        agenda.begin();
        agenda.done(Trigger::Hint, false, now);
        for wait in [3, 10, 30] {
            assert_eq!(due(&agenda, now), (wait * SECOND, Trigger::Lag));
            now += wait * SECOND;
            agenda.begin();
            agenda.done(Trigger::Lag, false, now);
        }
        assert_eq!(due(&agenda, now).1, Trigger::Safety);

        // A regular look in between leaves the plan as it is.
        agenda.done(Trigger::Resync, false, now);
        agenda.done(Trigger::Safety, false, now);
        assert_eq!(due(&agenda, now), (3 * SECOND, Trigger::Lag));
    }

    #[test]
    fn where_something_was_found_there_is_one_later_look_for_the_rest() {
        let (mut agenda, mut now) = live();
        for trigger in [Trigger::Hint, Trigger::Resync, Trigger::Lag, Trigger::Poll] {
            agenda.begin();
            agenda.done(trigger, true, now);
            assert_eq!(due(&agenda, now), (30 * SECOND, Trigger::Lag));
            now += 30 * SECOND;
        }
        agenda.begin();
        agenda.done(Trigger::Lag, false, now);
        assert_eq!(due(&agenda, now).1, Trigger::Safety);
    }

    #[test]
    fn what_is_announced_while_another_look_is_due_is_looked_for_as_long() {
        for trigger in [Trigger::Lag, Trigger::Poll, Trigger::Safety] {
            let (mut agenda, now) = live();
            agenda.hint(now);
            agenda.begin();
            agenda.done(trigger, false, now);
            assert_eq!(due(&agenda, now), (3 * SECOND, Trigger::Lag), "{trigger}");
            agenda.begin();
            agenda.done(Trigger::Lag, false, now);
            assert_eq!(due(&agenda, now), (10 * SECOND, Trigger::Lag), "{trigger}");
        }
    }

    #[test]
    fn without_a_live_subscription_it_polls() {
        let now = Instant::now();
        let mut agenda = Agenda::new(ChangesOptions::default(), now);
        for _ in 0..3 {
            let (wait, trigger) = due(&agenda, now);
            assert_eq!(trigger, Trigger::Poll);
            assert!(wait >= 45 * SECOND && wait <= 75 * SECOND, "{wait:?}");
            agenda.begin();
            agenda.done(Trigger::Poll, false, now);
        }
        agenda.live(true, now);
        assert_eq!(due(&agenda, now).1, Trigger::Safety);
        agenda.live(false, now);
        assert_eq!(due(&agenda, now).1, Trigger::Poll);
    }

    #[test]
    fn a_resync_is_looked_into_at_once() {
        let (mut agenda, now) = live();
        agenda.hint(now);
        agenda.resync(now);
        assert_eq!(due(&agenda, now), (Duration::ZERO, Trigger::Resync));
        agenda.begin();
        agenda.done(Trigger::Resync, true, now);
        assert_eq!(due(&agenda, now), (30 * SECOND, Trigger::Lag));
        agenda.begin();
        agenda.done(Trigger::Lag, false, now);
        assert_eq!(due(&agenda, now), (24 * 3600 * SECOND, Trigger::Safety));
    }
}
