//! How to ask whether the user has signed in: RFC 8628, section 3.5.

use std::time::Duration;

use super::answer::NoTokens;
use super::secret::Secret;

/// RFC 8628, section 3.5.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// A service that names no pause, or none worth its name, is not asked more often.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// A service that does not answer is asked this often at least: the user may have signed in.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// What a user needs to sign in on another device.
#[derive(Debug)]
pub(crate) struct DeviceCode {
    pub(crate) secret: Secret,
    /// What the user types.
    pub(crate) user_code: String,
    /// Where the user types it.
    pub(crate) verification_uri: String,
    pub(crate) expires_in: Duration,
    pub(crate) interval: Duration,
}

/// What an answer without tokens means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poll {
    Pending,
    SlowDown,
    Declined,
    Expired,
    Refused,
    /// An outage, or a lost connection.
    NoAnswer,
}

impl Poll {
    pub(crate) fn of(failure: &NoTokens) -> Self {
        match failure.code.as_deref() {
            Some("authorization_pending") => Self::Pending,
            Some("slow_down") => Self::SlowDown,
            // The second one is Microsoft's name for it.
            Some("access_denied" | "authorization_declined") => Self::Declined,
            Some("expired_token") => Self::Expired,
            _ if failure.is_refusal => Self::Refused,
            _ => Self::NoAnswer,
        }
    }
}

/// How long to wait before the next question.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    /// How many questions in a row got no answer.
    unanswered: u32,
}

impl Pace {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval: interval.max(MIN_INTERVAL),
            unanswered: 0,
        }
    }

    /// Takes the last answer into account. `slow_down` lasts: the interval stays longer. The pause
    /// after a lost connection doubles, and is forgotten with the next answer.
    pub(crate) fn adapt(&mut self, answer: Poll) {
        self.unanswered = match answer {
            Poll::NoAnswer => self.unanswered.saturating_add(1),
            _ => 0,
        };
        if answer == Poll::SlowDown {
            self.interval = self.interval.saturating_add(SLOW_DOWN);
        }
    }

    pub(crate) fn pause(&self) -> Duration {
        let doubled = self.interval.saturating_mul(1 << self.unanswered.min(16));
        doubled.min(MAX_BACKOFF.max(self.interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(interval: u64, answers: &[Poll]) -> Vec<u64> {
        let mut pace = Pace::new(Duration::from_secs(interval));
        let pause = |answer: &Poll| {
            pace.adapt(*answer);
            pace.pause().as_secs()
        };
        answers.iter().map(pause).collect()
    }

    #[test]
    fn the_service_sets_the_pace() {
        let (pending, slow_down) = (Poll::Pending, Poll::SlowDown);
        assert_eq!(pauses(7, &[pending, pending]), [7, 7]);
        assert_eq!(pauses(0, &[pending]), [1]);
        assert_eq!(pauses(600, &[pending]), [600]);
        assert_eq!(
            pauses(5, &[slow_down, pending, slow_down, pending]),
            [10, 10, 15, 15]
        );
    }

    #[test]
    fn lost_connections_double_the_pause_until_the_next_answer() {
        let lost = Poll::NoAnswer;
        assert_eq!(pauses(5, &[lost, lost, Poll::Pending]), [10, 20, 5]);
        assert_eq!(pauses(5, &[lost; 99])[90..], [60; 9]);
        assert_eq!(pauses(90, &[lost, lost]), [90, 90]);
        assert_eq!(pauses(5, &[lost, Poll::SlowDown]), [10, 10]);
    }
}
