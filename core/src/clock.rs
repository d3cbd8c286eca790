//! Sums of times of which one comes from elsewhere: a server, an option.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never. Later instants may exceed what the system's clock can count.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// `wait` after `instant`. A time that the clock cannot count means never.
pub(crate) fn later(instant: Instant, wait: Duration) -> Instant {
    instant + wait.min(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_can_be_added() {
        let now = Instant::now();
        assert_eq!(
            later(now, Duration::from_secs(1)) - now,
            Duration::from_secs(1)
        );
        assert_eq!(later(now, Duration::MAX) - now, NEVER);
        assert!(later(later(now, Duration::MAX), Duration::MAX) > now);
    }
}
