//! The sockets that joined the namespace, each with its own queue.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use socketioxide::socket::Sid;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::subscriptions::Subscription;
use crate::clock;
use crate::lock::lock;

#[derive(Default)]
pub(crate) struct Sockets(Mutex<Members>);

#[derive(Default)]
struct Members {
    by_id: HashMap<Sid, Member>,
    /// So that a change costs as much among thousands of drives as among a few.
    by_drive: HashMap<String, HashSet<Sid>>,
}

impl Members {
    fn of_drive(&self, drive: &str) -> impl Iterator<Item = &Member> {
        let ids = self.by_drive.get(drive).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }
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
        let mut members = lock(&self.0);
        let drive = member.subscription.drive.clone();
        members.by_drive.entry(drive).or_default().insert(id);
        members.by_id.insert(id, member);
    }

    /// Called once the join is acknowledged.
    pub(crate) fn start(&self, id: Sid) -> Option<(Arc<Subscription>, UnboundedReceiver<u32>)> {
        let mut members = lock(&self.0);
        let member = members.by_id.get_mut(&id)?;
        let waiting = member.waiting.take()?;
        Some((Arc::clone(&member.subscription), waiting))
    }

    /// Returns the drive of a socket that had joined. It may leave more than once.
    pub(crate) fn leave(&self, id: Sid) -> Option<String> {
        let mut members = lock(&self.0);
        let member = members.by_id.remove(&id)?;
        let drive = &member.subscription.drive;
        if let Some(ids) = members.by_drive.get_mut(drive) {
            ids.remove(&id);
            if ids.is_empty() {
                members.by_drive.remove(drive);
            }
        }
        member.waiting.is_none().then(|| drive.clone())
    }

    /// Queues `count` events for every socket on a URL of this drive that has not expired.
    pub(crate) fn queue(&self, drive: &str, count: u32) {
        for member in lock(&self.0).of_drive(drive) {
            if member.subscription.gets_events() {
                // A socket that is leaving gets no event, as in production.
                let _ = member.due.send(count);
            }
        }
    }

    /// The sockets that have joined, the first one first. A client that knows that it has joined is among
    /// them: a test may ask at once.
    pub(crate) fn sessions(&self) -> Vec<Session> {
        let members = lock(&self.0);
        let joined = members.by_id.iter();
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
        lock(&self.0).by_id.len()
    }

    pub(crate) fn connected_to(&self, drive: &str) -> usize {
        lock(&self.0).of_drive(drive).count()
    }
}
