//! The notification URLs that were issued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;

use crate::behaviour::{AtExpiry, Expiry};
use crate::service::lock;

/// One issued notification URL.
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) drive: String,
    /// What an event calls its resource: the list, not the drive.
    pub(crate) list_id: String,
    /// What the endpoint and its events say.
    pub(crate) announced_expiry: Timestamp,
    /// As it stands in the URL.
    pub(crate) encoded_secret: String,
    expiry: watch::Sender<(Timestamp, AtExpiry)>,
}

impl Subscription {
    /// Whether new sockets are refused.
    pub(crate) fn expired(&self) -> bool {
        let (at, _) = *self.expiry.borrow();
        Timestamp::now() >= at
    }

    /// Whether its sockets get events.
    pub(crate) fn is_heard(&self) -> bool {
        let (at, then) = *self.expiry.borrow();
        then == AtExpiry::GoOn || Timestamp::now() < at
    }

    /// Completes when its sockets are to be cut off, if ever.
    pub(crate) async fn dropped(&self) {
        let mut expiry = self.expiry.subscribe();
        loop {
            let (at, then) = *expiry.borrow_and_update();
            let at_end = async {
                match Duration::try_from(at.duration_since(Timestamp::now())) {
                    _ if then != AtExpiry::Drop => std::future::pending().await,
                    Ok(left) => tokio::time::sleep(left).await,
                    // It is in the past.
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
    /// By the decoded secret: a client may encode the query anew, as some do in production.
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
        // Characters that tell a client that passes the query on from one that decodes it and
        // forgets to encode it again.
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
        // An expired secret is refused just as an unknown one, so it need not be remembered.
        by_secret.retain(|_, known| !known.expired());
        by_secret.insert(secret, Arc::clone(&subscription));
        subscription
    }

    /// Whether it has expired or not, as long as it is remembered.
    pub(crate) fn find(&self, secret: &str) -> Option<Arc<Subscription>> {
        lock(&self.by_secret).get(secret).map(Arc::clone)
    }

    /// Lets the URLs that are out for this drive, or all, expire so much from now. At most
    /// `times`, `skip` not counted; answers how many.
    pub(crate) fn expire(
        &self,
        drive: Option<&str>,
        after: Duration,
        then: AtExpiry,
        skip: usize,
        times: usize,
    ) -> usize {
        let by_secret = lock(&self.by_secret);
        let out = by_secret.values().filter(|known| !known.expired());
        let mut out: Vec<_> = out
            .filter(|known| drive.is_none_or(|drive| known.drive == drive))
            .collect();
        // The oldest first, as far as that is known.
        out.sort_by_key(|known| known.announced_expiry);
        let chosen: Vec<_> = out.into_iter().skip(skip).take(times).collect();
        let at = from_now(after);
        for known in &chosen {
            known.expiry.send_replace((at, then));
        }
        chosen.len()
    }
}

fn from_now(duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let at = Timestamp::now().checked_add(duration);
    at.unwrap_or(Timestamp::MAX)
}
