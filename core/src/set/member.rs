//! One member of a set.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use crate::event::Sender;
use crate::session::{Handle, SharedStats};
use crate::{Client, Resource, SessionState, SubscriptionStats};

/// A member of a [`SubscriptionSet`](crate::SubscriptionSet): a resource, on behalf of a user.
///
/// Two members are equal if they have the same resource and user. Cloning is cheap.
#[derive(Clone)]
pub struct Member(pub(super) Arc<Sender<Source>>);

/// The source of a member's events.
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) resource: Resource,
    pub(super) stats: Arc<SharedStats>,
    pub(super) set: Weak<dyn RemoveMember>,
}

/// The set, as far as a member needs it.
pub(super) trait RemoveMember: Send + Sync {
    /// Removes this member, unless another has taken its place.
    fn remove_member(&self, member: &Sender<Source>);
}

/// The client of a member in another client's set removes it.
impl Handle for Sender<Source> {
    fn start_close(&self) {
        if let Some(set) = self.source.set.upgrade() {
            set.remove_member(self);
        }
    }
}

impl Member {
    /// The resource that this member watches.
    pub fn resource(&self) -> &Resource {
        &self.0.source.resource
    }

    /// The client of the user on whose behalf it is watched.
    pub fn client(&self) -> &Client {
        &self.0.source.client
    }

    /// The current state of its session. The events that report it may still be waiting to be read.
    pub fn state(&self) -> SessionState {
        self.0.source.stats.state()
    }

    /// Its counts since its session started. `coalesced` counts from when it was first added, even
    /// if it has ended and started anew since.
    pub fn stats(&self) -> SubscriptionStats {
        let (coalesced, pending) = self.0.counts();
        self.0.source.stats.stats(coalesced, pending)
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
