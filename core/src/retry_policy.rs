//! Which failures are retried: one classification, and the policy of each caller.

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
            | ErrorKind::InvalidArgument => Recovery::Permanent,
        }
    }
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

/// A stream of changes repeats transient failures, every 5xx, 408 and 423 (a locked site), and a
/// credential that fails without refusing. Everything else ends it: at once if no query ever succeeded, otherwise after `refusal_timeout`.
pub(crate) fn delta_query_retries(error: &Error) -> bool {
    match error.recovery() {
        Recovery::Transient => true,
        Recovery::Uncertain => {
            error.kind() == ErrorKind::Authentication
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
