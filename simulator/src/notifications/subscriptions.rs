//! The notification URLs that were issued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use crate::behaviour::{AtExpiry, Expiry};
use crate::lock::lock;

/// The `clientState` of every subscription.
pub(crate) const CLIENT_STATE: &str = "system-managed:8082D436-D8DA-458D-96AD-34C902B73F37";

/// One issued notification URL.
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) drive: String,
    /// The `resource` of its events: the list, not the drive.
    pub(crate) list_id: String,
    /// The expiry in the endpoint's response and in events.
    pub(crate) announced_expiry: Timestamp,
    /// The secret as the URL has it.
    pub(crate) encoded_secret: String,
    expiry: watch::Sender<(Timestamp, AtExpiry)>,
}

impl Subscription {
    /// When new sockets are refused.
    pub(crate) fn expires_at(&self) -> Timestamp {
        self.expiry.borrow().0
    }

    /// Whether new sockets are refused.
    pub(crate) fn expired(&self) -> bool {
        let (at, _) = *self.expiry.borrow();
        Timestamp::now() >= at
    }

    pub(crate) fn gets_events(&self) -> bool {
        let (at, then) = *self.expiry.borrow();
        then == AtExpiry::GoOn || Timestamp::now() < at
    }

    /// Completes when its sockets have to be cut off, if ever.
    pub(crate) async fn dropped(&self) {
        let mut expiry = self.expiry.subscribe();
        loop {
            let (at, then) = *expiry.borrow_and_update();
            let at_end = async {
                match Duration::try_from(at.duration_since(Timestamp::now())) {
                    _ if then != AtExpiry::Drop => std::future::pending().await,
                    Ok(left) => tokio::time::sleep(left).await,
                    // The expiry is in the past.
                    Err(_) => {}
                }
            };
            tokio::select! {
                () = at_end => return,
                _ = expiry.changed() => {}
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn expiring(drive: &str, at: Timestamp) -> Self {
        Self {
            id: String::new(),
            drive: drive.to_owned(),
            list_id: String::new(),
            announced_expiry: at,
            encoded_secret: String::new(),
            expiry: watch::Sender::new((at, AtExpiry::default())),
        }
    }
}

#[derive(Default)]
pub(crate) struct Subscriptions {
    /// By the decoded secret, because a client may encode the query in its own way.
    by_secret: Mutex<HashMap<String, Arc<Subscription>>>,
}

impl Subscriptions {
    pub(crate) fn issue(
        &self,
        drive: &str,
        list_id: &str,
        lifetime: Duration,
        expiry: Expiry,
    ) -> Arc<Subscription> {
        let (first, second) = (Uuid::new_v4().simple(), Uuid::new_v4().simple());
        // Characters that fail a client that decodes the query and does not encode it again.
        let secret = format!("{first}+{second}/==");
        let announced = if expiry.announced {
            expiry.after
        } else {
            lifetime
        };
        let subscription = Arc::new(Subscription {
            id: Uuid::new_v4().to_string(),
            drive: drive.to_owned(),
            list_id: list_id.to_owned(),
            announced_expiry: from_now(announced),
            encoded_secret: format!("{first}%2B{second}%2F%3D%3D"),
            expiry: watch::Sender::new((from_now(expiry.after), expiry.then)),
        });
        let mut by_secret = lock(&self.by_secret);
        // An expired secret is refused like an unknown one, so it is removed; but not at each issue,
        // because thousands of drives may ask at once.
        if by_secret.len() == by_secret.capacity() {
            by_secret.retain(|_, known| !known.expired());
        }
        by_secret.insert(secret, Arc::clone(&subscription));
        subscription
    }

    /// The subscription of a secret, which may have expired.
    pub(crate) fn find(&self, secret: &str) -> Option<Arc<Subscription>> {
        lock(&self.by_secret).get(secret).map(Arc::clone)
    }

    /// Brings the expiry of every issued URL nearer.
    pub(crate) fn age(&self, by: Duration) {
        for known in lock(&self.by_secret).values() {
            known.expiry.send_modify(|(at, _)| *at = before(*at, by));
        }
    }

    /// Makes at most `times` of the issued URLs expire `after` from now, of one drive or of all,
    /// and leaves out the first `skip`. Returns how many.
    pub(crate) fn expire(
        &self,
        drive: Option<&str>,
        after: Duration,
        then: AtExpiry,
        skip: usize,
        times: usize,
    ) -> usize {
        let by_secret = lock(&self.by_secret);
        let live = by_secret.values().filter(|known| !known.expired());
        let mut live: Vec<_> = live
            .filter(|known| drive.is_none_or(|drive| known.drive == drive))
            .collect();
        // The oldest first, as far as that is known.
        live.sort_by_key(|known| known.announced_expiry);
        let chosen: Vec<_> = live.into_iter().skip(skip).take(times).collect();
        let at = from_now(after);
        for known in &chosen {
            known.expiry.send_replace((at, then));
        }
        chosen.len()
    }
}

fn before(at: Timestamp, duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    at.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

fn from_now(duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let at = Timestamp::now().checked_add(duration);
    at.unwrap_or(Timestamp::MAX)
}
