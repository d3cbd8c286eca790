use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Waits between attempts: "full jitter" below a limit that doubles from 1 s to 60 s, so that
/// clients that failed together do not come back together.
///
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Debug)]
pub(crate) struct Backoff {
    limit: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { limit: FIRST }
    }

    /// How long to wait before the next attempt.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let wait = self.limit.mul_f64(fastrand::f64());
        self.limit = (self.limit * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_a_limit_that_doubles_to_a_minute() {
        let mut backoff = Backoff::new();
        for limit in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(backoff.limit, Duration::from_secs(limit));
            assert!(backoff.next_wait() <= Duration::from_secs(limit));
        }
    }
}
