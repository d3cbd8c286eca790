//! The changes of a session that its consumer learns of.

use std::time::Duration;

use crate::names::names;
use crate::{DisconnectReason, Error};

names! {
    /// A change of the session behind a subscription.
    #[derive(Debug, Clone)]
    pub enum Lifecycle {
        /// The server has acknowledged the namespace: notifications arrive from now on.
        Connected = "connected",
        /// The connection has ended. The service does not announce what changes from now on; a
        /// notification of kind `resync` follows the next connection.
        Disconnected {
            /// Why it ended.
            reason: DisconnectReason,
            /// The wait until the next attempt; zero if one is already under way.
            retry_in: Duration,
        } = "disconnected",
        /// A person is asked to sign in, and the session waits for that. The event comes once for each
        /// sign-in; another one follows when it is over: the session connects, or the attempt fails.
        SigningIn = "signing_in",
        /// A new endpoint has replaced the one that was about to expire, without a gap.
        Renewed = "renewed",
        /// An attempt to connect or to renew has failed. Another one follows.
        Unavailable {
            /// Why it failed.
            error: Error,
            /// The wait until the next attempt.
            retry_in: Duration,
        } = "unavailable",
        /// A delta query has failed. Another attempt follows. Only
        /// [`changes`](crate::Client::changes) emits it.
        QueryFailed {
            /// Why it failed.
            error: Error,
            /// The wait until the next attempt.
            retry_in: Duration,
        } = "query_failed",
        /// Graph serves the delta query, but no notifications: the stream polls, and subscribes again
        /// later. Only [`changes`](crate::Client::changes) emits it, once until push has worked again.
        PushRefused {
            /// Why it was refused.
            error: Error,
            /// The wait until the next attempt.
            retry_in: Duration,
        } = "push_refused",
        /// A member of a [`SubscriptionSet`](crate::SubscriptionSet) has ended; the others
        /// continue. Or a stream of [`changes`](crate::Client::changes) has. A single
        /// [`Subscription`](crate::Subscription) ends with an error of its stream instead.
        Ended {
            /// Why it ended.
            error: Error,
        } = "ended",
    }
}

impl Lifecycle {
    /// Why the connection ended: of [`Disconnected`](Self::Disconnected), otherwise `None`.
    pub fn reason(&self) -> Option<&DisconnectReason> {
        match self {
            Self::Disconnected { reason, .. } => Some(reason),
            Self::Connected
            | Self::SigningIn
            | Self::Renewed
            | Self::Unavailable { .. }
            | Self::QueryFailed { .. }
            | Self::PushRefused { .. }
            | Self::Ended { .. } => None,
        }
    }

    /// The wait until the next attempt, of those kinds that are followed by one. Zero means that it is
    /// already under way.
    pub fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Disconnected { retry_in, .. }
            | Self::Unavailable { retry_in, .. }
            | Self::QueryFailed { retry_in, .. }
            | Self::PushRefused { retry_in, .. } => Some(*retry_in),
            Self::Connected | Self::SigningIn | Self::Renewed | Self::Ended { .. } => None,
        }
    }

    /// The error of the failed attempt, or the one that ended the session; of the other kinds, `None`.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Unavailable { error, .. }
            | Self::QueryFailed { error, .. }
            | Self::PushRefused { error, .. }
            | Self::Ended { error } => Some(error),
            Self::Connected | Self::SigningIn | Self::Disconnected { .. } | Self::Renewed => None,
        }
    }

    /// The page about the [`reason`](Self::reason) or the [`error`](Self::error), if there is one.
    pub fn help_url(&self) -> Option<String> {
        let reason = self.reason().map(DisconnectReason::help_url);
        reason.or_else(|| self.error().map(Error::help_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn accessors_return_only_the_fields_of_the_kind() {
        let error = Error::new(ErrorKind::NotFound, "gone");
        let second = Duration::from_secs(1);
        let disconnected = Lifecycle::Disconnected {
            reason: DisconnectReason::EngineClose,
            retry_in: second,
        };
        let unavailable = Lifecycle::Unavailable {
            error: error.clone(),
            retry_in: second,
        };
        let parts = |change: &Lifecycle| {
            (
                change.reason().map(DisconnectReason::as_str),
                change.retry_in(),
                change.error().map(Error::kind),
            )
        };
        let kind = Some(ErrorKind::NotFound);
        for (change, expected) in [
            (Lifecycle::Connected, (None, None, None)),
            (disconnected, (Some("engine_close"), Some(second), None)),
            (Lifecycle::SigningIn, (None, None, None)),
            (Lifecycle::Renewed, (None, None, None)),
            (unavailable, (None, Some(second), kind)),
            (Lifecycle::Ended { error }, (None, None, kind)),
        ] {
            assert_eq!(parts(&change), expected, "{change:?}");
        }
    }
}
