//! When an endpoint expires, and when to renew it.

use std::time::Duration;

use tokio::time::Instant;

/// Longer lifetimes are cut to this, which the clock can count.
const LONGEST_LIFETIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The validity of an endpoint, by the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) renew_at: Instant,
    pub(crate) expires_at: Instant,
}

impl Validity {
    /// Counts time that the clock has missed, because the machine was asleep.
    pub(crate) fn advance(&mut self, by: Duration) {
        let earlier = |instant: Instant| instant.checked_sub(by).unwrap_or_else(Instant::now);
        self.renew_at = earlier(self.renew_at);
        self.expires_at = earlier(self.expires_at);
    }
}

/// An endpoint is renewed `before` it expires, or a tenth of its lifetime before that if this is
/// earlier. Jitter of up to half of that time spreads the renewals of endpoints that were acquired
/// together. Even a short-lived endpoint is used for at least half of its lifetime, unless `max_age`
/// is shorter.
pub(crate) fn validity(
    lifetime: Duration,
    before: Duration,
    max_age: Option<Duration>,
    now: Instant,
) -> Validity {
    let lifetime = lifetime.min(LONGEST_LIFETIME);
    let margin = before
        .min(lifetime)
        .max(lifetime / 10)
        .mul_f64(1.0 + fastrand::f64() / 2.0);
    let used = lifetime.saturating_sub(margin.min(lifetime / 2));
    let oldest = max_age
        .unwrap_or(LONGEST_LIFETIME)
        .min(LONGEST_LIFETIME)
        .mul_f64(1.0 - fastrand::f64() / 10.0);
    Validity {
        renew_at: now + used.min(oldest),
        expires_at: now + lifetime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renewed_before_the_end(lifetime: Duration) -> Duration {
        let before = Duration::from_secs(120);
        let validity = validity(lifetime, before, None, Instant::now());
        validity.expires_at - validity.renew_at
    }

    #[test]
    fn an_endpoint_is_replaced_at_its_greatest_age() {
        let minute = Duration::from_secs(60);
        let now = Instant::now();
        for _ in 0..100 {
            let valid = validity(60 * minute, 2 * minute, Some(10 * minute), now);
            assert!(valid.renew_at <= now + 10 * minute && valid.renew_at >= now + 9 * minute);
            assert_eq!(valid.expires_at, now + 60 * minute);
            let short = validity(10 * minute, minute, Some(60 * minute), now);
            assert!(short.renew_at < short.expires_at);
        }
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
        let validity = validity(hour, Duration::MAX, Some(Duration::MAX), Instant::now());
        assert_eq!(validity.expires_at - validity.renew_at, hour / 2);
    }
}
