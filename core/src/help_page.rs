//! The pages of the documentation that explain an error, an event, or a step of a diagnosis: what one
//! sees, why it happens, and what to do.

use crate::names::names;

/// Where the documentation is published.
const SITE: &str = "https://drivebell.github.io/drivebell";

/// The pages about events that explain no name: a field, and the records for measuring.
pub(crate) const OTHER_EVENTS: &[&str] = &["coalesced", "diagnostics"];

/// The folders of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelpFolder {
    /// Why a call failed.
    Errors,
    /// What happens to a session.
    Events,
    /// The steps of a diagnosis.
    Findings,
}

impl HelpFolder {
    /// The name in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Events => "events",
            Self::Findings => "findings",
        }
    }

    /// The address of the page about a name.
    pub fn url(self, name: &str) -> String {
        format!("{SITE}/{}/{}/", self.as_str(), slug(name))
    }
}

/// The name of a page: its file's without `.md`.
pub fn slug(name: &str) -> String {
    name.replace('_', "-")
}

names! {
    /// The causes of errors that have a page of their own, beside the kinds of errors, the failures of
    /// the network, and what is wrong with the file of a mirror.
    pub enum ErrorCause {
        /// Graph gives no notifications to an application without a user.
        AppOnlyToken = "app_only_token",
        /// The access token has expired.
        TokenExpired = "token_expired",
        /// The access token is for another service than Graph.
        WrongAudience = "wrong_audience",
        /// The access token has no scope that permits this.
        MissingScope = "missing_scope",
        /// A person must sign in, or may not.
        SignInRefused = "sign_in_refused",
        /// The credential gave no token, which may pass.
        CredentialFailed = "credential_failed",
        /// The credential gave no token in time.
        CredentialTimeout = "credential_timeout",
        /// The credential returned something that is no token.
        UnusableToken = "unusable_token",
        /// Graph has no notifications for this account now.
        NotSupported = "not_supported",
        /// The site is read-only for a while.
        ServiceReadOnly = "service_read_only",
        /// Graph has lost track, and enumerates everything again.
        ResyncRequired = "resync_required",
        /// The server, or a proxy before it, refuses WebSocket.
        UpgradeRefused = "upgrade_refused",
        /// The server refuses the namespace of the notification URL.
        NamespaceRefused = "namespace_refused",
        /// Of Node: the native addon of this platform cannot be loaded.
        Addon = "addon",
        /// Of Node: an `AbortSignal` ended a loop.
        Aborted = "aborted",
        /// Of the bindings: a bug in drivebell.
        Internal = "internal",
    }
}

impl ErrorCause {
    /// The address of the page about it.
    pub fn help_url(self) -> String {
        HelpFolder::Errors.url(self.as_str())
    }
}
