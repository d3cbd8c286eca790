use std::time::Duration;

use super::facts::Facts;
use crate::Error;
use crate::help_page::HelpFolder;
use crate::names::names;

names! {
    /// A step on the way from a token to the first notification, in this order.
    pub enum DiagnosisStep {
        /// The credential gives a token.
        Token = "token",
        /// Graph gives an endpoint.
        Endpoint = "endpoint",
        /// The endpoint has not expired.
        Expiry = "expiry",
        /// The notification server accepts the WebSocket upgrade.
        Upgrade = "upgrade",
        /// The server opens an Engine.IO session.
        Open = "open",
        /// The server accepts the URL's namespace.
        Join = "join",
        /// The server sends a notification.
        Notification = "notification",
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
    /// The findings: names and values for people. Their wording is not stable.
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

impl DiagnosisStep {
    /// The page that says what the step finds, why it fails and what to do.
    pub fn help_url(self) -> String {
        HelpFolder::Findings.url(self.as_str())
    }
}
