use std::fmt;
use std::time::Duration;

use super::facts::Facts;
use crate::Error;

/// A step on the way from a token to the first notification, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiagnosisStep {
    /// The credential gives a token.
    Token,
    /// Graph gives an endpoint.
    Endpoint,
    /// The endpoint has not expired.
    Expiry,
    /// The notification server accepts the WebSocket upgrade.
    Upgrade,
    /// The server opens an Engine.IO session.
    Open,
    /// The server accepts the URL's namespace.
    Join,
    /// The server sends a notification.
    Notification,
}

impl DiagnosisStep {
    /// The stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Endpoint => "endpoint",
            Self::Expiry => "expiry",
            Self::Upgrade => "upgrade",
            Self::Open => "open",
            Self::Join => "join",
            Self::Notification => "notification",
        }
    }
}

impl fmt::Display for DiagnosisStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The result of a step.
///
/// Its facts may be shown to anyone: they describe tokens, URLs and ids without showing them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// Which step.
    pub step: DiagnosisStep,
    /// How long it took.
    pub took: Duration,
    /// What was found: names and values for people. Their wording is not stable.
    pub facts: Vec<(String, String)>,
    /// Why the step failed, if it did. The message may repeat what Graph says, such as ids.
    pub error: Option<Error>,
}

impl Finding {
    pub(super) fn new(
        step: DiagnosisStep,
        took: Duration,
        facts: Facts,
        error: Option<Error>,
    ) -> Self {
        Self {
            step,
            took,
            facts,
            error,
        }
    }
}
