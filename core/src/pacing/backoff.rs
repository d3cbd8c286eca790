use std::time::Duration;

/// Longer limits are cut to a length that the clock can represent.
const LONGEST_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Waits between attempts: a random part ("full jitter") of a limit that doubles, so that clients
/// that failed together do not come back together.
///
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    limit: Duration,
    /// The longest pause to respect if a service requests one.
    max_pause: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        let longest = longest.min(LONGEST_LIMIT);
        Self {
            first,
            longest,
            limit: first.min(longest),
            max_pause: LONGEST_LIMIT,
        }
    }

    /// Sets the longest pause to respect if the service requests one. Without it, a year.
    pub(crate) fn with_max_pause(mut self, max_pause: Duration) -> Self {
        self.max_pause = max_pause.min(LONGEST_LIMIT);
        self
    }

    /// How long to wait before the next attempt, if the service may have requested a pause. That
    /// replaces the backoff, unless it is too short to prevent a busy loop. A longer pause than
    /// `max_retry_after` is cut: nobody would notice the program come back from it.
    pub(crate) fn wait_after(&mut self, requested: Option<Duration>) -> Duration {
        match requested.map(|pause| pause.min(self.max_pause)) {
            Some(pause) if pause >= self.first => pause,
            _ => self.next_wait(),
        }
    }

    /// How long to wait before the next attempt.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = self.limit.mul_f64(fastrand::f64());
        self.limit = self.limit.saturating_mul(2).min(self.longest);
        wait
    }

    /// Starts again from the shortest wait.
    pub(crate) fn reset(&mut self) {
        self.limit = self.first.min(self.longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_limit_that_doubles_to_the_longest() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(60));
        for limit in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(backoff.limit, seconds(limit));
            assert!(backoff.next_wait() <= seconds(limit));
        }
        backoff.reset();
        assert!(backoff.next_wait() <= seconds(1));
    }

    #[test]
    fn a_requested_pause_counts_unless_it_is_too_short_or_too_long() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(60)).with_max_pause(seconds(600));
        assert_eq!(backoff.wait_after(Some(seconds(7))), seconds(7));
        assert_eq!(backoff.wait_after(Some(Duration::MAX)), seconds(600));
        assert_eq!(backoff.limit, seconds(1));
        for (count, requested) in [(1, None), (2, Some(seconds(0))), (3, Some(seconds(0)))] {
            assert!(backoff.wait_after(requested) <= seconds(1 << count));
            assert_eq!(backoff.limit, seconds(1 << count));
        }
    }

    #[test]
    fn any_limit_is_accepted() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::MAX);
        for _ in 0..100 {
            assert!(backoff.next_wait() <= LONGEST_LIMIT);
        }
    }

    #[test]
    fn the_longest_limit_bounds_the_first_too() {
        let mut backoff = Backoff::new(Duration::from_secs(5), Duration::from_millis(10));
        assert!(backoff.next_wait() <= Duration::from_millis(10));
        backoff.reset();
        assert!(backoff.next_wait() <= Duration::from_millis(10));
    }
}
