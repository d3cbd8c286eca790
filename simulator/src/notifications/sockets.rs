//! The sockets that joined the namespace, each with its own queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use socketioxide::socket::Sid;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::subscriptions::Subscription;
use crate::lock::lock;

#[derive(Default)]
pub(crate) struct Sockets {
    by_id: Mutex<HashMap<Sid, Member>>,
}

struct Member {
    subscription: Arc<Subscription>,
    /// Sends how many events are due. Numbers, so that a slow socket costs no memory per event.
    due: UnboundedSender<u32>,
    /// The other end, until the join is acknowledged: no event may be sent before.
    waiting: Option<UnboundedReceiver<u32>>,
}

impl Sockets {
    /// Called before the join is acknowledged, so that the client misses no event after it.
    pub(crate) fn enter(&self, id: Sid, subscription: Arc<Subscription>) {
        let (due, waiting) = unbounded_channel();
        let member = Member {
            subscription,
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
