use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::DisconnectReason;
use crate::NetworkFailure;
use crate::StorageCode;
use crate::help_page::{ErrorCause, HelpFolder};
use crate::label::Label;
use crate::names::names;
use crate::retry_policy::Recovery;

names! {
    /// The kind of failure of an [`Error`]. Its names are stable.
    pub enum ErrorKind {
        /// There is no usable token: Graph responded with 401, or the credential failed. If the
        /// error is retryable, the credential failed in a way that may pass.
        Authentication = "authentication",
        /// Graph responded with 403: the token lacks a permission, or this API refuses its kind.
        AccessDenied = "access_denied",
        /// Graph responded with 404: there is no such drive, list, site, group or user.
        NotFound = "not_found",
        /// Graph is throttling this client: 429, or 503 with `Retry-After`.
        Throttled = "throttled",
        /// Graph responded with any other error; see the status and Graph's code.
        Graph = "graph",
        /// No connection could be made, or the connection ended.
        ConnectionFailed = "connection_failed",
        /// A step took longer than its option allows.
        Timeout = "timeout",
        /// The server sent something that its protocol does not allow.
        Protocol = "protocol",
        /// The object cannot serve this call in its state: it is closed, or it has a consumer already.
        State = "state",
        /// The file of a mirror cannot be used: the code says why, for instance `disk_full`.
        Storage = "storage",
        /// An argument of the call is invalid; the error has its name.
        InvalidArgument = "invalid_argument",
    }
}

/// Why a call or a session failed: a message for people, and its parts for programs.
///
/// `Display` shows the [`message`](Error::message), and then [where to read more](Error::help_url).
/// Neither it nor `Debug` ever shows a token or a notification URL.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: ErrorKind,
    message: String,
    /// Overrides what the kind and the status say.
    recovery: Option<Recovery>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    client_request_id: Option<String>,
    retry_after: Option<Duration>,
    argument: Option<&'static str>,
    reason: Option<DisconnectReason>,
    failure: Option<NetworkFailure>,
    /// More exactly than the kind says.
    cause: Option<ErrorCause>,
    peer: Option<(String, u16)>,
    os_error: Option<i32>,
    label: Label,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// For `drivebell-mirror`, and not part of the public API, as the two below.
    #[doc(hidden)]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            recovery: None,
            status: None,
            code: None,
            request_id: None,
            client_request_id: None,
            retry_after: None,
            argument: None,
            reason: None,
            failure: None,
            cause: None,
            peer: None,
            os_error: None,
            label: Label::default(),
            source: None,
        }))
    }

    /// For a call of a client that is closed.
    pub(crate) fn client_closed() -> Self {
        Self::new(ErrorKind::State, "this client is closed; make a new one")
    }

    #[doc(hidden)]
    pub fn invalid_argument(name: &'static str, problem: impl fmt::Display) -> Self {
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

    #[doc(hidden)]
    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Self {
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

    /// Marks the failure as permanent. Only needed where its kind and status do not show that.
    pub(crate) fn permanent(mut self) -> Self {
        self.0.recovery = Some(Recovery::Permanent);
        self
    }

    /// Marks the failure as one that may pass, although others of its kind do not.
    pub(crate) fn uncertain(mut self) -> Self {
        self.0.recovery = Some(Recovery::Uncertain);
        self
    }

    pub(crate) fn with_reason(mut self, reason: DisconnectReason) -> Self {
        self.0.retry_after = reason.retry_after();
        self.0.reason = Some(reason);
        self
    }

    pub(crate) fn with_failure(mut self, failure: NetworkFailure) -> Self {
        self.0.failure = Some(failure);
        self
    }

    /// Says which page explains it, if that of its kind would say less.
    pub(crate) fn with_cause(mut self, cause: ErrorCause) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// What could not be reached, or ended the connection.
    pub(crate) fn with_peer(mut self, host: &str, port: u16) -> Self {
        self.0.peer = Some((host.to_owned(), port));
        self
    }

    pub(crate) fn with_os_error(mut self, os_error: Option<i32>) -> Self {
        self.0.os_error = os_error;
        self
    }

    /// Says of which client it is, unless it says so already. An invalid call is not of a client.
    pub(crate) fn with_label(mut self, label: &Label) -> Self {
        if label.is_some() && !self.0.label.is_some() && self.0.argument.is_none() {
            self.0.label = label.clone();
        }
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, what it means and what to do: the text of `Display` without the address of the
    /// page. It begins with the [label](Self::label) in brackets, if there is one.
    pub fn message(&self) -> String {
        match self.label() {
            Some(label) => format!("[{label}] {}", self.0.message),
            None => self.0.message.clone(),
        }
    }

    /// The page that says what one sees, why it happens and what to do. It is about what is known best:
    /// the failure of the network, the problem with the file of a mirror, or else the kind.
    pub fn help_url(&self) -> String {
        if let Some(cause) = self.0.cause {
            return cause.help_url();
        }
        if let Some(failure) = self.0.failure {
            return HelpFolder::Errors.url(failure.as_str());
        }
        match (self.0.kind, &self.0.reason) {
            // A timeout and a breach of the protocol say more than the reason does.
            (ErrorKind::ConnectionFailed, Some(reason)) => reason.help_url(),
            (ErrorKind::Storage, _) => {
                let code = self.code().filter(|code| StorageCode::is_name(code));
                HelpFolder::Errors.url(code.unwrap_or(ErrorKind::Storage.as_str()))
            }
            (kind, _) => HelpFolder::Errors.url(kind.as_str()),
        }
    }

    /// What a cause says: of an error of ours, without the address of the page, which a text has once.
    #[doc(hidden)]
    pub fn message_of(cause: &(dyn StdError + 'static)) -> String {
        match cause.downcast_ref::<Self>() {
            Some(error) => error.message(),
            None => cause.to_string(),
        }
    }

    /// How long it was marked to last; `retry_policy` classifies the others.
    pub(crate) fn marked_recovery(&self) -> Option<Recovery> {
        self.0.recovery
    }

    /// The [`label`](crate::ClientBuilder::label) of the client that failed, if it has one. The message
    /// begins with it.
    pub fn label(&self) -> Option<&str> {
        self.0.label.as_str()
    }

    /// The HTTP status of the response that failed, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Graph's error code (`error.code` of the body), if it sent one. For [`ErrorKind::Storage`], what
    /// is wrong with the file.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Graph's `request-id`, which Microsoft's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The `client-request-id` that was sent with the request.
    pub fn client_request_id(&self) -> Option<&str> {
        self.0.client_request_id.as_deref()
    }

    /// The pause before the next attempt that the service requested, if any.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The name of the invalid argument, for [`ErrorKind::InvalidArgument`].
    pub fn argument(&self) -> Option<&'static str> {
        self.0.argument
    }

    /// The problem with that argument: the message without the argument's name.
    pub fn problem(&self) -> Option<&str> {
        let name = self.0.argument?;
        self.0.message.strip_prefix(name)?.strip_prefix(": ")
    }

    /// How the connection ended, if it ended before it was live.
    pub fn reason(&self) -> Option<&DisconnectReason> {
        self.0.reason.as_ref()
    }

    /// Why there was no connection or no answer, if the network failed.
    pub fn network_failure(&self) -> Option<NetworkFailure> {
        self.0.failure
    }

    /// The name of [`reason`](Self::reason) or of [`network_failure`](Self::network_failure), of which
    /// an error has at most one. For the bindings.
    #[doc(hidden)]
    pub fn reason_name(&self) -> Option<&'static str> {
        let ended = self.reason().map(DisconnectReason::as_str);
        ended.or(self.network_failure().map(NetworkFailure::as_str))
    }

    /// The host that could not be reached, or that ended the connection: of the service, or of a proxy.
    pub fn host(&self) -> Option<&str> {
        self.0.peer.as_ref().map(|(host, _)| host.as_str())
    }

    /// The port of [`host`](Self::host).
    pub fn port(&self) -> Option<u16> {
        self.0.peer.as_ref().map(|(_, port)| *port)
    }

    /// The number of the system's error, for the bindings.
    #[doc(hidden)]
    pub fn os_error(&self) -> Option<i32> {
        self.0.os_error
    }

    /// The underlying error, for instance the one that the credential returned.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; see {}", self.message(), self.help_url())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = &*self.0;
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &parts.kind)
            .field("message", &parts.message)
            .field("retryable", &self.retryable());
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
        if let Some(label) = self.label() {
            debug.field("label", &label);
        }
        if let Some(failure) = &parts.failure {
            debug.field("network_failure", failure);
        }
        if let Some((host, port)) = &parts.peer {
            debug.field("host", host).field("port", port);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_with_the_page_that_says_most() {
        let new = |kind| Error::new(kind, "no");
        let storage = |code: &str| new(ErrorKind::Storage).with_code(Some(code.to_owned()));
        let ended = DisconnectReason::ConnectionReset;
        for (error, page) in [
            (new(ErrorKind::AccessDenied), "errors/access-denied"),
            (storage("disk_full"), "errors/disk-full"),
            (storage("unheard of"), "errors/storage"),
            (
                new(ErrorKind::ConnectionFailed).with_failure(NetworkFailure::HostNotFound),
                "errors/host-not-found",
            ),
            (
                new(ErrorKind::ConnectionFailed).with_reason(ended.clone()),
                "events/connection-reset",
            ),
            (new(ErrorKind::Timeout).with_reason(ended), "errors/timeout"),
            (
                new(ErrorKind::Authentication).with_cause(ErrorCause::TokenExpired),
                "errors/token-expired",
            ),
        ] {
            let url = format!("https://drivebell.github.io/drivebell/{page}/");
            assert_eq!(error.help_url(), url);
            assert_eq!(error.to_string(), format!("no; see {url}"));
            assert_eq!(error.message(), "no");
        }
    }

    #[test]
    fn an_error_that_is_a_cause_repeats_no_page() {
        let cause = Error::new(ErrorKind::State, "closed");
        assert_eq!(Error::message_of(&cause), "closed");
        assert_eq!(Error::message_of(&fmt::Error), fmt::Error.to_string());
    }
}
