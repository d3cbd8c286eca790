//! The sockets that joined, each with a queue of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use socketioxide::socket::Sid;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Subscription;
use crate::service::lock;

#[derive(Default)]
pub(crate) struct Sockets {
    by_id: Mutex<HashMap<Sid, Member>>,
}

struct Member {
    subscription: Arc<Subscription>,
    /// How many events are due. A number, so that a slow socket costs no memory per event.
    due: UnboundedSender<u32>,
    /// Until the server has acknowledged the join: nothing may be sent before.
    waiting: Option<UnboundedReceiver<u32>>,
}

impl Sockets {
    /// Called before the join is acknowledged, so that a client that knows it is live misses
    /// nothing.
    pub(crate) fn enter(&self, id: Sid, subscription: Arc<Subscription>) {
        let (due, waiting) = unbounded_channel();
        let member = Member {
            subscription,
            due,
            waiting: Some(waiting),
        };
        lock(&self.by_id).insert(id, member);
    }

    /// Called after the join was acknowledged.
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
            if member.subscription.is_heard() {
                // A socket that is just leaving gets nothing, as in production.
                let _ = member.due.send(count);
            }
        }
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
