//! The notification URLs that were issued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::shared::lock;

/// One issued notification URL.
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) drive: String,
    /// What an event calls its resource: the list, not the drive.
    pub(crate) list_id: String,
    pub(crate) expires_at: Timestamp,
    /// As it stands in the URL.
    pub(crate) encoded_secret: String,
}

impl Subscription {
    pub(crate) fn expired(&self) -> bool {
        Timestamp::now() >= self.expires_at
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
        lifetime: std::time::Duration,
    ) -> Arc<Subscription> {
        let (first, second) = (Uuid::new_v4().simple(), Uuid::new_v4().simple());
        // Characters that tell a client that passes the query on from one that decodes it and
        // forgets to encode it again.
        let secret = format!("{first}+{second}/==");
        let lifetime = SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX);
        let expires_at = Timestamp::now()
            .checked_add(lifetime)
            .unwrap_or(Timestamp::MAX);
        let subscription = Arc::new(Subscription {
            id: Uuid::new_v4().to_string(),
            drive: drive.to_owned(),
            list_id: list_id.to_owned(),
            expires_at,
            encoded_secret: format!("{first}%2B{second}%2F%3D%3D"),
        });
        let mut by_secret = lock(&self.by_secret);
        // An expired secret is refused just as an unknown one, so it need not be remembered.
        by_secret.retain(|_, known| !known.expired());
        by_secret.insert(secret, Arc::clone(&subscription));
        subscription
    }

    pub(crate) fn find(&self, secret: &str) -> Option<Arc<Subscription>> {
        let found = lock(&self.by_secret).get(secret).map(Arc::clone)?;
        (!found.expired()).then_some(found)
    }
}
