//! The sockets that joined the namespace, each with its own queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use socketioxide::socket::Sid;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::subscriptions::Subscription;
use crate::clock;
use crate::lock::lock;

#[derive(Default)]
pub(crate) struct Sockets {
    by_id: Mutex<HashMap<Sid, Member>>,
}

struct Member {
    subscription: Arc<Subscription>,
    /// When it joined, in microseconds since the Unix epoch.
    joined_at: i64,
    /// Sends how many events are due. Numbers, so that a slow socket costs no memory per event.
    due: UnboundedSender<u32>,
    /// The other end, until the join is acknowledged: no event may be sent before.
    waiting: Option<UnboundedReceiver<u32>>,
}

/// A socket that joined the namespace. Without the secret of its URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The id of the socket, as in [`super::EmittedEvent`].
    pub socket: String,
    /// The id of the drive.
    pub drive: String,
    /// The id of the subscription, which its events carry too.
    pub subscription_id: String,
    /// When it joined, in microseconds since the Unix epoch.
    pub joined_at_micros: i64,
    /// When its notification URL expires, in microseconds since the Unix epoch.
    pub expires_at_micros: i64,
}

impl Sockets {
    /// Called before the join is acknowledged, so that the client misses no event after it.
    pub(crate) fn enter(&self, id: Sid, subscription: Arc<Subscription>) {
        let (due, waiting) = unbounded_channel();
        let member = Member {
            subscription,
            joined_at: clock::unix_microseconds(),
            due,
            waiting: Some(waiting),
        };
        lock(&self.by_id).insert(id, member);
    }

    /// Called once the join is acknowledged.
    pub(crate) fn start(&self, id: Sid) -> Option<(Arc<Subscription>, UnboundedReceiver<u32>)> {
        let mut by_id = lock(&self.by_id);
        let member = by_id.get_mut(&id)?;
        let waiting = member.waiting.take()?;
        Some((Arc::clone(&member.subscription), waiting))
    }

    pub(crate) fn leave(&self, id: Sid) {
        lock(&self.by_id).remove(&id);
    }

    /// Queues `count` events for every socket on a URL of this drive that has not expired.
    pub(crate) fn queue(&self, drive: &str, count: u32) {
        let by_id = lock(&self.by_id);
        let members = by_id.values();
        for member in members.filter(|m| m.subscription.drive == drive) {
            if member.subscription.gets_events() {
                // A socket that is leaving gets no event, as in production.
                let _ = member.due.send(count);
            }
        }
    }

    /// The sockets that have joined, the first one first.
    pub(crate) fn sessions(&self) -> Vec<Session> {
        let by_id = lock(&self.by_id);
        let joined = by_id.iter().filter(|(_, member)| member.waiting.is_none());
        let mut sessions: Vec<_> = joined
            .map(|(id, member)| Session {
                socket: id.to_string(),
                drive: member.subscription.drive.clone(),
                subscription_id: member.subscription.id.clone(),
                joined_at_micros: member.joined_at,
                expires_at_micros: member.subscription.expires_at().as_microsecond(),
            })
            .collect();
        sessions.sort_by_key(|session| session.joined_at_micros);
        sessions
    }

    pub(crate) fn connected(&self) -> usize {
        let by_id = lock(&self.by_id);
        by_id.values().filter(|m| m.waiting.is_none()).count()
    }

    pub(crate) fn connected_to(&self, drive: &str) -> usize {
        let by_id = lock(&self.by_id);
        let joined = by_id.values().filter(|m| m.waiting.is_none());
        joined.filter(|m| m.subscription.drive == drive).count()
    }
}
