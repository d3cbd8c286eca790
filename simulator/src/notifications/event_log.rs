//! Remembers when each event was handed to a socket.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;

use super::Subscription;
use crate::service::lock;

const KEPT: usize = 10_000;

/// One event, handed to one socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmittedEvent {
    /// Counts the events of this simulator from 1.
    pub sequence: u64,
    /// The id of the drive.
    pub drive: String,
    /// The id of the endpoint, which the event carries too.
    pub subscription_id: String,
    /// The id of the socket.
    pub socket: String,
    /// When it was handed to the socket, in microseconds since the Unix epoch.
    pub emitted_at_micros: i64,
}

#[derive(Default)]
pub(crate) struct EventLog {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    sequence: u64,
    events: VecDeque<EmittedEvent>,
}

impl EventLog {
    pub(crate) fn all(&self) -> Vec<EmittedEvent> {
        lock(&self.inner).events.iter().cloned().collect()
    }

    pub(crate) fn record(&self, subscription: &Subscription, socket: &str, at: i64) {
        let mut inner = lock(&self.inner);
        inner.sequence += 1;
        let event = EmittedEvent {
            sequence: inner.sequence,
            drive: subscription.drive.clone(),
            subscription_id: subscription.id.clone(),
            socket: socket.to_owned(),
            emitted_at_micros: at,
        };
        if inner.events.len() == KEPT {
            inner.events.pop_front();
        }
        inner.events.push_back(event);
    }
}
