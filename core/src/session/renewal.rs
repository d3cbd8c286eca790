//! How long an endpoint is good, and when to have its successor.

use std::time::Duration;

use tokio::time::Instant;

/// Longer lives are cut to what the clock can count.
const LONGEST_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long an endpoint is good, by the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) renew_at: Instant,
    pub(crate) expires_at: Instant,
}

impl Validity {
    /// Time has passed that the clock has not counted.
    pub(crate) fn advance(&mut self, by: Duration) {
        let earlier = |instant: Instant| instant.checked_sub(by).unwrap_or_else(Instant::now);
        self.renew_at = earlier(self.renew_at);
        self.expires_at = earlier(self.expires_at);
    }
}

/// An endpoint is renewed so long before its end, or a tenth of its lifetime if that is more, with
/// jitter, so that those that came together do not go together. At most half of a life is spent
/// waiting for its end: a short one is used as well.
pub(crate) fn validity(lifetime: Duration, before: Duration, now: Instant) -> Validity {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
    let margin = before
        .min(lifetime)
        .max(lifetime / 10)
        .mul_f64(1.0 + fastrand::f64() / 2.0);
    Validity {
        renew_at: now + lifetime.saturating_sub(margin.min(lifetime / 2)),
        expires_at: now + lifetime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewed_before_the_end(lifetime: Duration) -> Duration {
        let before = Duration::from_secs(120);
        let validity = validity(lifetime, before, Instant::now());
        validity.expires_at - validity.renew_at
    }

    #[test]
    fn renewal_leaves_time_for_further_attempts() {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        for _ in 0..1_000 {
            let hour = renewed_before_the_end(minutes(60));
            assert!(hour >= minutes(6) && hour <= minutes(9), "{hour:?}");
            let short = renewed_before_the_end(minutes(10));
            assert!(short >= minutes(2) && short <= minutes(3), "{short:?}");
            let shorter = renewed_before_the_end(minutes(2));
            assert_eq!(shorter, minutes(1));
        }
    }

    #[test]
    fn any_lifetime_can_be_counted() {
        assert!(renewed_before_the_end(Duration::MAX) > Duration::ZERO);
        assert_eq!(renewed_before_the_end(Duration::ZERO), Duration::ZERO);
        let hour = Duration::from_secs(60 * 60);
        let validity = validity(hour, Duration::MAX, Instant::now());
        assert_eq!(validity.expires_at - validity.renew_at, hour / 2);
    }
}
