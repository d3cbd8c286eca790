use std::error::Error as StdError;
use std::fmt;

/// Why a fleet cannot use its NATS.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NatsError {
    kind: NatsErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a [`NatsError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NatsErrorKind {
    /// An option has a value that cannot be used, or a file cannot be read.
    Options,
    /// No server answers. Trying again may help.
    Unreachable,
    /// A server does not accept who this is.
    Refused,
    /// The connection cannot be encrypted as both sides ask for.
    Tls,
    /// The server is older than this program needs.
    TooOld,
    /// JetStream is not there, or not for this account.
    NoJetStream,
    /// What exists on the server does not fit this configuration.
    Mismatch,
    /// A request failed. Trying again may help.
    Request,
}

impl NatsError {
    pub(crate) fn new(kind: NatsErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    #[must_use]
    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What it is about.
    pub fn kind(&self) -> NatsErrorKind {
        self.kind
    }

    /// Whether the same may work later, with nothing changed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            NatsErrorKind::Unreachable | NatsErrorKind::Request
        )
    }
}

/// An error with everything that has caused it, in one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> impl fmt::Display + use<> {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
