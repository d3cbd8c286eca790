//! The members of a set: their streams, and their registry.

use std::collections::HashMap;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{Semaphore, mpsc};

use super::member::{ChangesMember, RemoveMember, Source};
use super::outlet::{MemberBatch, MemberOutlet};
use super::stats::ChangesSetStats;
use crate::changes::{Consumer, MemberBeginning};
use crate::event::{MemberSink, Sender, SharedMailbox};
use crate::latch::{Latch, SetOnDrop};
use crate::lock::lock;
use crate::session::{Handle, Registration};
use crate::{ChangesOptions, Client, Error, ErrorKind, Resource, Since};

/// The members of a [`ChangesSet`](crate::ChangesSet). Clones refer to the same set, so that other
/// tasks can change it while one reads its stream. They do not keep the set open.
#[derive(Clone)]
pub struct ChangesMembers(Arc<Shared>);

struct Shared {
    /// The client that made the set.
    client: Client,
    options: ChangesOptions,
    turns: Arc<Semaphore>,
    mailbox: Arc<SharedMailbox<Source>>,
    registry: Mutex<Registry>,
}

struct Registry {
    members: HashMap<Key, ChangesMember>,
    /// `None` after the set is closed.
    open: Option<Open>,
}

struct Open {
    batches: mpsc::Sender<MemberBatch>,
    /// Each stream's task has a clone: when the last is dropped, the set has ended.
    until_end: Arc<(Registration, SetOnDrop)>,
}

type Key = (usize, Resource);

impl ChangesMembers {
    /// An empty set, and where its batches arrive. The latch is set when the set is closed and all
    /// streams have ended.
    ///
    /// # Errors
    /// `State` if the client is closed.
    pub(super) fn new(
        client: Client,
        options: &ChangesOptions,
    ) -> Result<(Self, mpsc::Receiver<MemberBatch>, Arc<Latch>), Error> {
        let end = Arc::<Latch>::default();
        // No batch waits beside those that the members hold: these are limited already.
        let (send, batches) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            turns: Arc::new(Semaphore::new(
                options.max_concurrent_queries.min(Semaphore::MAX_PERMITS),
            )),
            mailbox: Arc::new(SharedMailbox::new(client.options.mailbox_capacity)),
            registry: Mutex::new(Registry {
                members: HashMap::new(),
                open: None,
            }),
            options: options.clone(),
            client,
        });
        // Locked, so that the client cannot close the set before it is open.
        let mut registry = lock(&shared.registry);
        let registration = shared.client.open_handles.register(&shared)?;
        registry.open = Some(Open {
            batches: send,
            until_end: Arc::new((registration, end.set_on_drop())),
        });
        drop(registry);
        Ok((Self(shared), batches, end))
    }

    pub(super) fn mailbox(&self) -> &Arc<SharedMailbox<Source>> {
        &self.0.mailbox
    }

    /// Starts to close the set, as [`ChangesSet::close`](crate::ChangesSet::close) does, without
    /// waiting.
    pub fn start_close(&self) {
        self.0.start_close();
    }

    /// Adds a resource on behalf of the client that made the set, and follows its changes from `since`
    /// on.
    ///
    /// A member that exists stays as it is, unless it has ended: then it starts anew.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The errors of [`Client::changes`], and `InvalidArgument` by the name `since` for a member that
    /// is followed from elsewhere. `State` if the set or the client is closed.
    pub fn add(&self, resource: &Resource, since: &Since) -> Result<ChangesMember, Error> {
        let client = self.0.client.clone();
        self.add_for(&client, resource, since)
    }

    /// Adds a resource on behalf of another user: of a client from [`Client::with_credential`]. The
    /// limits and pauses of that client's family apply.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_for(
        &self,
        client: &Client,
        resource: &Resource,
        since: &Since,
    ) -> Result<ChangesMember, Error> {
        let beginning = client.beginning(resource, since, &self.0.options)?;
        self.join(client, since, beginning)
    }

    /// # Errors
    /// `InvalidArgument` for a member that is followed from elsewhere; `State` if the set is closed.
    pub(super) fn join(
        &self,
        client: &Client,
        since: &Since,
        beginning: MemberBeginning,
    ) -> Result<ChangesMember, Error> {
        let resource = beginning.resource().clone();
        let key = client.key_with(&resource);
        let mut registry = lock(&self.0.registry);
        let open = registry.open.as_ref().ok_or_else(set_closed)?;
        let set: Weak<Shared> = Arc::downgrade(&self.0);
        let source = Source {
            client: client.clone(),
            resource,
            since: since.clone(),
            control: beginning.control(),
            removed: Arc::default(),
            set,
        };
        let sender = match registry.members.get(&key) {
            Some(known) if !known.has_ended() => return known.if_followed_from(since),
            Some(ended) => Sender::replacing(source, &ended.0),
            None => Sender::new(source),
        };
        let sender = Arc::new(sender);
        let until_end: Box<dyn Send> = if *client == self.0.client {
            // Closing the client closes the whole set.
            Box::new(Arc::clone(&open.until_end))
        } else {
            let registration = client.open_handles.register(&sender)?;
            Box::new((registration, Arc::clone(&open.until_end)))
        };
        let member = ChangesMember(Arc::clone(&sender));
        let consumer = Consumer {
            outlet: MemberOutlet {
                member: member.clone(),
                batches: open.batches.clone(),
                turns: Arc::clone(&self.0.turns),
            },
            control: Arc::clone(&sender.source.control),
            events: Arc::new(MemberSink {
                mailbox: Arc::clone(&self.0.mailbox),
                sender,
            }),
            until_end,
        };
        drop(beginning.spawn(consumer));
        registry.members.insert(key, member.clone());
        Ok(member)
    }

    /// Removes a member: ends its stream, and discards its batches and events. False if there is no
    /// such member.
    pub fn remove(&self, client: &Client, resource: &Resource) -> bool {
        self.0.remove(&client.key_with(resource), |_| true)
    }

    /// The member with this client's user and this resource.
    pub fn get(&self, client: &Client, resource: &Resource) -> Option<ChangesMember> {
        let registry = lock(&self.0.registry);
        let key = client.key_with(resource);
        registry.members.get(&key).cloned()
    }

    /// Says that something has changed in a member's resource, as [`ChangesMember::hint`].
    ///
    /// # Errors
    /// `State` if there is no such member, or it has ended.
    pub fn hint(&self, client: &Client, resource: &Resource) -> Result<(), Error> {
        let member = self.get(client, resource).ok_or_else(|| {
            let problem = format!("{resource} is not a member of this set of streams of changes");
            Error::new(ErrorKind::State, problem)
        })?;
        member.hint()
    }

    /// All members, in no particular order. A member that has ended with an error stays until it is
    /// removed.
    pub fn all(&self) -> Vec<ChangesMember> {
        lock(&self.0.registry).members.values().cloned().collect()
    }

    /// How many members the set has, with those that have ended.
    pub fn len(&self) -> usize {
        lock(&self.0.registry).members.len()
    }

    /// Whether the set has no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The counts of the set. Those of removed members are not included.
    pub fn stats(&self) -> ChangesSetStats {
        ChangesSetStats::of(&self.all())
    }

    /// Whether the set is closed.
    pub fn is_closed(&self) -> bool {
        lock(&self.0.registry).open.is_none()
    }
}

impl ChangesMember {
    /// # Errors
    /// `InvalidArgument` unless it is followed from `since`.
    fn if_followed_from(&self, since: &Since) -> Result<Self, Error> {
        if self.0.source.since == *since {
            return Ok(self.clone());
        }
        Err(followed_from_elsewhere(self.resource()))
    }
}

pub(super) fn followed_from_elsewhere(resource: &Resource) -> Error {
    Error::invalid_argument(
        "since",
        format!(
            "{resource} is followed already, from elsewhere: remove it first, or leave it as it is"
        ),
    )
}

fn set_closed() -> Error {
    Error::new(
        ErrorKind::State,
        "this set of streams of changes is closed; make another",
    )
}

impl Shared {
    /// Removes the member at this key, if it is one to remove.
    fn remove(&self, key: &Key, is_meant: impl FnOnce(&ChangesMember) -> bool) -> bool {
        let mut registry = lock(&self.registry);
        if !registry.members.get(key).is_some_and(is_meant) {
            return false;
        }
        let removed = registry.members.remove(key);
        drop(registry);
        if let Some(member) = &removed {
            member.end(&self.mailbox);
        }
        removed.is_some()
    }
}

impl Handle for Shared {
    fn start_close(&self) {
        self.mailbox.close();
        let mut registry = lock(&self.registry);
        let open = registry.open.take();
        let members = std::mem::take(&mut registry.members);
        drop(registry);
        for member in members.values() {
            member.end(&self.mailbox);
        }
        drop(open);
    }
}

impl RemoveMember for Shared {
    fn remove_member(&self, member: &Sender<Source>) {
        let key = member.source.client.key_with(&member.source.resource);
        self.remove(&key, |current| ptr::eq(Arc::as_ptr(&current.0), member));
    }
}

impl fmt::Debug for ChangesMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangesMembers")
            .field("count", &self.len())
            .finish_non_exhaustive()
    }
}
