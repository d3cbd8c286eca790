use std::time::Duration;

use crate::{DisconnectReason, Error, Notification};

/// What a subscription, or a set of them, hands out, in the order in which it happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something changed, or may have.
    Notification(Notification),
    /// The session itself changed.
    Lifecycle {
        /// What happened.
        change: Lifecycle,
        /// How many earlier ones of the same sort this one stands for, because the consumer was
        /// behind; 0 as a rule.
        coalesced: u64,
    },
}

/// What happened to the session behind a subscription.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Lifecycle {
    /// The server has acknowledged the namespace: from now on notifications arrive.
    Connected,
    /// The connection has ended. Changes that happen from now on are not announced; a notification
    /// of the kind `resync` will say when to look for them.
    Disconnected {
        /// How it ended.
        reason: DisconnectReason,
        /// When the next attempt begins. Zero if one is under way.
        retry_in: Duration,
    },
    /// A new endpoint has taken over from the one that was about to expire, without a gap.
    Renewed,
    /// An attempt to connect, or to renew, has failed. There will be another.
    Unavailable {
        /// Why it failed.
        error: Error,
        /// When the next attempt begins.
        retry_in: Duration,
    },
    /// It is over, and the others of its [`SubscriptionSet`](crate::SubscriptionSet) go on. Of a
    /// single [`Subscription`](crate::Subscription) it is the stream's error instead.
    Ended {
        /// What ended it.
        error: Error,
    },
}

impl Lifecycle {
    /// A stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected { .. } => "disconnected",
            Self::Renewed => "renewed",
            Self::Unavailable { .. } => "unavailable",
            Self::Ended { .. } => "ended",
        }
    }
}
