//! Records when each event was sent.

use serde::Serialize;

use super::subscriptions::Subscription;
use crate::recent::Recent;

const MAX_EVENTS: usize = 10_000;

/// One event that was sent on one socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmittedEvent {
    /// The number of the event in this simulator, from 1.
    pub sequence: u64,
    /// The id of the drive.
    pub drive: String,
    /// The id of the subscription, which the event carries too.
    pub subscription_id: String,
    /// The id of the socket.
    pub socket: String,
    /// When it was sent, in microseconds since the Unix epoch.
    pub emitted_at_micros: i64,
}

pub(crate) struct EventLog(Recent<EmittedEvent>);

impl EventLog {
    pub(crate) fn new() -> Self {
        Self(Recent::new(MAX_EVENTS))
    }

    pub(crate) fn all(&self) -> Vec<EmittedEvent> {
        self.0.all()
    }

    /// The events after this number: the last ones, if there are more than `limit`.
    pub(crate) fn after(&self, sequence: u64, limit: usize) -> Vec<EmittedEvent> {
        self.0.last(limit, |event| event.sequence > sequence)
    }

    pub(crate) fn record(&self, subscription: &Subscription, socket: &str, at: i64) {
        self.0.push_with(|previous| EmittedEvent {
            sequence: previous.map_or(0, |event| event.sequence) + 1,
            drive: subscription.drive.clone(),
            subscription_id: subscription.id.clone(),
            socket: socket.to_owned(),
            emitted_at_micros: at,
        });
    }
}
