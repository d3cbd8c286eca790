//! Which failures are retried: one classification, and the policy of each caller.

use std::time::Duration;

use tokio::time::Instant;

use crate::options::ClientOptions;
use crate::{Error, ErrorKind};

/// How long a failure may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Usually for seconds: throttling, 500, 502, 503 and 504, a timeout, a connection that fails.
    Transient,
    /// For an unknown time: every other response, including 400 `notSupported`, a server that
    /// breaks its protocol, and a credential that fails without refusing.
    Uncertain,
    /// Until the user changes something: 401, 403, 404, a credential that refuses, an invalid call.
    Permanent,
}

impl Error {
    /// Whether the same call may succeed later without any change by the caller.
    pub fn retryable(&self) -> bool {
        self.recovery() != Recovery::Permanent
    }

    pub(crate) fn recovery(&self) -> Recovery {
        if let Some(recovery) = self.marked_recovery() {
            return recovery;
        }
        match self.kind() {
            ErrorKind::Throttled | ErrorKind::ConnectionFailed | ErrorKind::Timeout => {
                Recovery::Transient
            }
            ErrorKind::Graph if matches!(self.status(), Some(500 | 502 | 503 | 504)) => {
                Recovery::Transient
            }
            ErrorKind::Graph | ErrorKind::Protocol => Recovery::Uncertain,
            ErrorKind::Authentication
            | ErrorKind::AccessDenied
            | ErrorKind::NotFound
            | ErrorKind::State
            | ErrorKind::Storage
            | ErrorKind::InvalidArgument => Recovery::Permanent,
        }
    }
}

/// How many answers it takes to believe a first 403 or 404.
const ANSWERS: u32 = 3;

/// Permanent refusals in a row, and when they are to be believed.
///
/// Graph gives some for drives that exist: 404 where a look-up crosses data centres, 403 for half a
/// minute. So the first ones are doubted for moments, and later ones, which are no wrong id, longer.
#[derive(Debug)]
pub(crate) struct Refusals {
    first_timeout: Duration,
    timeout: Duration,
    since: Option<Instant>,
    doubted: u32,
}

impl Refusals {
    pub(crate) fn new(options: &ClientOptions) -> Self {
        Self {
            first_timeout: options.first_refusal_timeout,
            timeout: options.refusal_timeout,
            since: None,
            doubted: 0,
        }
    }

    /// Believes the first one.
    pub(crate) fn believed() -> Self {
        Self {
            first_timeout: Duration::ZERO,
            timeout: Duration::ZERO,
            since: None,
            doubted: 0,
        }
    }

    /// Something else than a refusal came.
    pub(crate) fn end(&mut self) {
        self.since = None;
        self.doubted = 0;
    }

    /// Takes one more refusal. `succeeded`: there was a success before the first of them.
    pub(crate) fn are_final(&mut self, error: &Error, succeeded: bool, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let lasted = now.saturating_duration_since(since);
        if succeeded {
            return lasted >= self.timeout;
        }
        if !is_doubtful(error) || self.first_timeout.is_zero() {
            return true;
        }
        self.doubted += 1;
        self.doubted >= ANSWERS && lasted >= self.first_timeout
    }

    /// The shortest wait before the next attempt, so that the answers cover the time.
    pub(crate) fn wait(&self) -> Duration {
        if self.doubted == 0 {
            return Duration::ZERO;
        }
        self.first_timeout / (ANSWERS - 1)
    }
}

/// Not where the token itself shows why it is refused.
fn is_doubtful(error: &Error) -> bool {
    error.marked_recovery().is_none()
        && matches!(
            (error.kind(), error.status()),
            (ErrorKind::AccessDenied, Some(403)) | (ErrorKind::NotFound, Some(404))
        )
}

/// `Client::endpoint` repeats only what passes within seconds: its caller waits for it.
pub(crate) fn endpoint_call_retries(error: &Error) -> bool {
    error.recovery() == Recovery::Transient
}

/// A session repeats everything except a permanent refusal. That ends it: at once if it was never
/// live, otherwise after `refusal_timeout`.
pub(crate) fn session_retries(error: &Error) -> bool {
    error.recovery() != Recovery::Permanent
}

/// A stream of changes repeats transient failures, every 5xx, 408 and 423 (a locked site), and what
/// is marked as an outage: a credential that fails without refusing, a site that is read-only.
/// Everything else is a refusal, which ends it as it ends a session.
pub(crate) fn delta_query_retries(error: &Error) -> bool {
    match error.recovery() {
        Recovery::Transient => true,
        Recovery::Uncertain => {
            error.marked_recovery() == Some(Recovery::Uncertain)
                || matches!(error.status(), Some(408 | 423 | 500..))
        }
        Recovery::Permanent => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(status: u16) -> Error {
        Error::new(ErrorKind::Graph, "no").with_status(status)
    }

    #[test]
    fn a_first_refusal_takes_three_answers_and_five_seconds() {
        let second = Duration::from_secs(1);
        let missing = Error::new(ErrorKind::NotFound, "no").with_status(404);
        let now = Instant::now();
        let new = || Refusals::new(&ClientOptions::default());
        let mut refusals = new();
        assert_eq!(refusals.wait(), Duration::ZERO);
        assert!(!refusals.are_final(&missing, false, now));
        assert_eq!(refusals.wait(), Duration::from_millis(2500));
        assert!(!refusals.are_final(&missing, false, now + 6 * second));
        assert!(refusals.are_final(&missing, false, now + 7 * second));

        let mut quick = new();
        for half in 0..10 {
            assert!(!quick.are_final(&missing, false, now + half * second / 2));
        }
        assert!(quick.are_final(&missing, false, now + 5 * second));

        quick.end();
        assert!(!quick.are_final(&missing, false, now + 6 * second));

        // Not for what does not come by chance.
        let token = Error::new(ErrorKind::Authentication, "no").with_status(401);
        assert!(new().are_final(&token, false, now));
        let later = &mut new();
        assert!(!later.are_final(&missing, true, now));
        assert!(!later.are_final(&missing, true, now + 599 * second));
        assert!(later.are_final(&missing, true, now + 600 * second));
    }

    #[test]
    fn each_caller_has_its_policy() {
        let new = |kind| Error::new(kind, "no");
        let permanent = new(ErrorKind::ConnectionFailed).permanent();
        // Whether an endpoint call, a session and a delta query are repeated.
        for (error, expected) in [
            (graph(500), [true, true, true]),
            (graph(503), [true, true, true]),
            (
                new(ErrorKind::Throttled).with_status(429),
                [true, true, true],
            ),
            (new(ErrorKind::ConnectionFailed), [true, true, true]),
            (new(ErrorKind::Timeout), [true, true, true]),
            (graph(501), [false, true, true]),
            (graph(408), [false, true, true]),
            (graph(423), [false, true, true]),
            (graph(202), [false, true, false]),
            (graph(400), [false, true, false]),
            (graph(410), [false, true, false]),
            (new(ErrorKind::Protocol), [false, true, false]),
            (
                new(ErrorKind::Protocol).with_status(410),
                [false, true, false],
            ),
            (new(ErrorKind::Authentication), [false, false, false]),
            (
                new(ErrorKind::Authentication).uncertain(),
                [false, true, true],
            ),
            (
                new(ErrorKind::AccessDenied).with_status(403),
                [false, false, false],
            ),
            (
                new(ErrorKind::NotFound).with_status(404),
                [false, false, false],
            ),
            (new(ErrorKind::InvalidArgument), [false, false, false]),
            (permanent, [false, false, false]),
        ] {
            let policies = [endpoint_call_retries, session_retries, delta_query_retries];
            assert_eq!(
                policies.map(|retries| retries(&error)),
                expected,
                "{error:?}"
            );
            assert_eq!(error.retryable(), expected[1], "{error:?}");
        }
    }
}
