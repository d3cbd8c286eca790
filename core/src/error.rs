use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::DisconnectReason;

/// What kind of failure an [`Error`] is. The names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No usable token: Graph answered 401, or the credential failed.
    Authentication,
    /// Graph answered 403: the token lacks a permission, or is of a kind this API refuses.
    AccessDenied,
    /// Graph answered 404: no such drive, list, site, group or user.
    NotFound,
    /// Graph asked for a pause: 429, or 503 with `Retry-After`.
    Throttled,
    /// Any other refusal by Graph; [`Error::status`] and [`Error::code`] tell which.
    Graph,
    /// No connection could be made, or the one there was has ended.
    ConnectionFailed,
    /// Something took longer than its option allows.
    Timeout,
    /// The other side sent what its protocol does not allow.
    Protocol,
    /// The object is not in a state for this call: closed, or it has a consumer already.
    State,
    /// An argument of the call cannot be right; [`Error::argument`] names it.
    InvalidArgument,
}

impl ErrorKind {
    /// A stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::AccessDenied => "access_denied",
            Self::NotFound => "not_found",
            Self::Throttled => "throttled",
            Self::Graph => "graph",
            Self::ConnectionFailed => "connection_failed",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::State => "state",
            Self::InvalidArgument => "invalid_argument",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call or a session failed: a sentence for people, and the parts for programs.
///
/// Neither `Display` nor `Debug` ever shows a token or a notification URL.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    message: String,
    retryable: bool,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    client_request_id: Option<String>,
    retry_after: Option<Duration>,
    argument: Option<&'static str>,
    reason: Option<DisconnectReason>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let retryable = matches!(
            kind,
            ErrorKind::Throttled
                | ErrorKind::ConnectionFailed
                | ErrorKind::Timeout
                | ErrorKind::Protocol
        );
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            retryable,
            status: None,
            code: None,
            request_id: None,
            client_request_id: None,
            retry_after: None,
            argument: None,
            reason: None,
            source: None,
        }))
    }

    pub(crate) fn invalid_argument(name: &'static str, problem: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorKind::InvalidArgument, format!("{name}: {problem}"));
        error.0.argument = Some(name);
        error
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn with_request_ids(
        mut self,
        request_id: Option<String>,
        client_request_id: Option<String>,
    ) -> Self {
        self.0.request_id = request_id;
        self.0.client_request_id = client_request_id;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn with_reason(mut self, reason: DisconnectReason) -> Self {
        self.0.retry_after = reason.retry_after();
        self.0.reason = Some(reason);
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later without any change by the caller.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// The HTTP status that refused, if one did.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's error code (`error.code` of its body), if it sent one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Graph's `request-id`, which Microsoft's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The `client-request-id` that went out with the request.
    pub fn client_request_id(&self) -> Option<&str> {
        self.0.client_request_id.as_deref()
    }

    /// How long the service asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The name of the argument that was refused, on [`ErrorKind::InvalidArgument`].
    pub fn argument(&self) -> Option<&'static str> {
        self.0.argument
    }

    /// What is wrong with that argument: the sentence without the argument's name.
    pub fn problem(&self) -> Option<&str> {
        let name = self.0.argument?;
        self.0.message.strip_prefix(name)?.strip_prefix(": ")
    }

    /// How the connection ended, on the error of one that ended before it was live.
    pub fn reason(&self) -> Option<&DisconnectReason> {
        self.0.reason.as_ref()
    }

    /// The failure beneath this one, for instance what the credential raised.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &parts.kind)
            .field("message", &parts.message)
            .field("retryable", &parts.retryable);
        if let Some(status) = parts.status {
            debug.field("status", &status);
        }
        if let Some(code) = &parts.code {
            debug.field("code", code);
        }
        if let Some(id) = &parts.request_id {
            debug.field("request_id", id);
        }
        if let Some(id) = &parts.client_request_id {
            debug.field("client_request_id", id);
        }
        if let Some(pause) = parts.retry_after {
            debug.field("retry_after", &pause);
        }
        if let Some(reason) = &parts.reason {
            debug.field("reason", reason);
        }
        if let Some(source) = &parts.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
