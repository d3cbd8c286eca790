use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::event::Sender;
use crate::session::Progress;
use crate::{Client, Resource, SessionState, SubscriptionStats};

/// One of a [`SubscriptionSet`](crate::SubscriptionSet): a resource on behalf of a user.
///
/// Two are equal if resource and user are. Cloning it is cheap.
#[derive(Clone)]
pub struct Member(pub(crate) Arc<Sender<Source>>);

/// What the events of a member come from.
pub(crate) struct Source {
    pub(crate) client: Client,
    pub(crate) resource: Resource,
    pub(crate) progress: Arc<Progress>,
}

impl Member {
    /// What is subscribed to.
    pub fn resource(&self) -> &Resource {
        &self.0.who.resource
    }

    /// On whose behalf.
    pub fn client(&self) -> &Client {
        &self.0.who.client
    }

    /// Where its session is at this moment, which its events may tell later.
    pub fn state(&self) -> SessionState {
        self.0.who.progress.state()
    }

    /// What it has been through since it was added. What was merged counts from when it was added
    /// first.
    pub fn stats(&self) -> SubscriptionStats {
        let (coalesced, pending) = self.0.counts();
        self.0.who.progress.stats(coalesced, pending)
    }
}

impl PartialEq for Member {
    fn eq(&self, other: &Self) -> bool {
        self.client() == other.client() && self.resource() == other.resource()
    }
}

impl Eq for Member {}

impl Hash for Member {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.client().hash(state);
        self.resource().hash(state);
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("resource", self.resource())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
