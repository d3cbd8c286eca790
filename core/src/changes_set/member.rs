//! One member of a set.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use crate::changes::Control;
use crate::event::{Sender, SharedMailbox};
use crate::latch::Latch;
use crate::session::Handle;
use crate::{ChangesState, ChangesStats, Client, Error, Resource, Since};

/// A member of a [`ChangesSet`](crate::ChangesSet): a resource, on behalf of a user.
///
/// Two members are equal if they have the same resource and user. Cloning is cheap.
#[derive(Clone)]
pub struct ChangesMember(pub(super) Arc<Sender<Source>>);

/// The source of a member's batches and events.
pub(super) struct Source {
    pub(super) client: Client,
    pub(super) resource: Resource,
    pub(super) since: Since,
    pub(super) control: Arc<Control>,
    /// It was removed, or the set was closed.
    pub(super) removed: Arc<Latch>,
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

impl ChangesMember {
    /// The resource whose changes it reports.
    pub fn resource(&self) -> &Resource {
        &self.0.source.resource
    }

    /// The client of the user on whose behalf it is followed.
    pub fn client(&self) -> &Client {
        &self.0.source.client
    }

    /// What its stream does at present.
    pub fn state(&self) -> ChangesState {
        self.0.source.control.state()
    }

    /// The counts of its stream since it was added.
    pub fn stats(&self) -> ChangesStats {
        self.0.source.control.stats()
    }

    /// Says that something has changed in its resource, as
    /// [`ChangesHandle::hint`](crate::ChangesHandle::hint) does.
    ///
    /// # Errors
    /// `State` if it has ended or was removed.
    pub fn hint(&self) -> Result<(), Error> {
        self.0.source.control.hint()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.0.source.control.has_ended()
    }

    /// Ends its stream, and discards what waits of it.
    pub(super) fn end(&self, mailbox: &SharedMailbox<Source>) {
        self.0.source.removed.set();
        self.0.source.control.start_close();
        mailbox.remove(&self.0);
    }
}

impl PartialEq for ChangesMember {
    fn eq(&self, other: &Self) -> bool {
        self.client() == other.client() && self.resource() == other.resource()
    }
}

impl Eq for ChangesMember {}

impl Hash for ChangesMember {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.client().hash(state);
        self.resource().hash(state);
    }
}

impl fmt::Debug for ChangesMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesMember")
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
