//! Subscriptions: a session's events, state and counters.

pub(crate) mod stats;
pub(crate) mod subscription;
