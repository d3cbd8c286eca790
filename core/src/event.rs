use crate::{DisconnectReason, Notification};

/// What a subscription hands out, in the order in which it happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something changed, or may have.
    Notification(Notification),
    /// The session itself changed.
    Lifecycle(Lifecycle),
}

/// What happened to the session behind a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// The server has acknowledged the namespace: from now on notifications arrive.
    Connected,
    /// The connection has ended. Changes that happen from now on are not announced.
    Disconnected {
        /// How it ended.
        reason: DisconnectReason,
    },
}

impl Lifecycle {
    /// A stable name in `snake_case`, for logs and for other languages.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected { .. } => "disconnected",
        }
    }
}
