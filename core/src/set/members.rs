//! The members of a set: their sessions, and their registry.

use std::collections::HashMap;
use std::fmt;
use std::ptr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::watch;

use super::member::{Member, RemoveMember, Source};
use crate::event::{MemberSink, Sender, SharedMailbox};
use crate::latch::{Latch, SetOnDrop};
use crate::lock::lock;
use crate::session::{Handle, Order, Registration, Session, SharedStats};
use crate::{Client, Error, ErrorKind, Resource, SessionState, SubscriptionStats};

/// Counts of a set, over all its current members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SetStats {
    /// Members in the set.
    pub members: usize,
    /// Members that are live now.
    pub live: usize,
    /// Members that have ended with an error.
    pub ended: usize,
    /// The sums of the members' counts, and their latest `last_event_at`.
    pub total: SubscriptionStats,
}

/// The members of a [`SubscriptionSet`](crate::SubscriptionSet). Clones refer to the same set, so
/// that other tasks can change it while one reads its stream. They do not keep the set open.
#[derive(Clone)]
pub struct Members(Arc<Shared>);

struct Shared {
    /// The client that made the set.
    client: Client,
    mailbox: Arc<SharedMailbox<Source>>,
    registry: Mutex<Registry>,
}

struct Registry {
    members: HashMap<Key, Entry>,
    /// `None` after the set is closed.
    open: Option<Open>,
}

/// Each session's task has a clone: when the last is dropped, the set has ended.
type Open = Arc<(Registration, SetOnDrop)>;

type Key = (usize, Resource);

struct Entry {
    member: Member,
    /// Dropped to stop the session.
    _orders: watch::Sender<Order>,
}

impl Members {
    /// An empty set; closed if the client is. The latch is set when the set is closed and all
    /// sessions have ended.
    pub(super) fn new(client: Client) -> (Self, Arc<Latch>) {
        let end = Arc::<Latch>::default();
        let mailbox = Arc::new(SharedMailbox::new(client.options.mailbox_capacity));
        let registry = Mutex::new(Registry {
            members: HashMap::new(),
            open: None,
        });
        let shared = Arc::new(Shared {
            client,
            mailbox,
            registry,
        });
        // Locked, so that the client cannot close the set before it is open.
        let mut registry = lock(&shared.registry);
        let end_on_drop = end.set_on_drop();
        match shared.client.open_handles.register(&shared) {
            Ok(registration) => registry.open = Some(Arc::new((registration, end_on_drop))),
            Err(_) => shared.mailbox.close(),
        }
        drop(registry);
        (Self(shared), end)
    }

    pub(super) fn mailbox(&self) -> &SharedMailbox<Source> {
        &self.0.mailbox
    }

    /// Discards all events, and starts to close all sessions.
    pub(super) fn start_close(&self) {
        self.0.start_close();
    }

    /// Adds a resource on behalf of the client that made the set, and subscribes to it as
    /// [`subscribe_without_waiting`](Client::subscribe_without_waiting) does.
    ///
    /// A member that exists stays as it is, unless it has ended: then it starts anew.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the set or the client is closed.
    pub fn add(&self, resource: &Resource) -> Result<Member, Error> {
        let client = self.0.client.clone();
        self.add_for(&client, resource)
    }

    /// Adds a resource on behalf of another user: of a client from [`Client::with_credential`]. The
    /// limits and pauses of that client's family apply.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_for(&self, client: &Client, resource: &Resource) -> Result<Member, Error> {
        client.open_handles.check()?;
        self.join(client, resource)
    }

    /// Removes a member: closes its session, and discards its waiting events. False if there is no
    /// such member.
    pub fn remove(&self, client: &Client, resource: &Resource) -> bool {
        self.0.remove(&client.key_with(resource), |_| true)
    }

    /// The member with this client's user and this resource.
    pub fn get(&self, client: &Client, resource: &Resource) -> Option<Member> {
        let registry = lock(&self.0.registry);
        let entry = registry.members.get(&client.key_with(resource))?;
        Some(entry.member.clone())
    }

    /// All members, in no particular order. A member that has ended with an error stays until it is
    /// removed.
    pub fn all(&self) -> Vec<Member> {
        let registry = lock(&self.0.registry);
        let entries = registry.members.values();
        entries.map(|entry| entry.member.clone()).collect()
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
    pub fn stats(&self) -> SetStats {
        let mut stats = SetStats::default();
        for member in self.all() {
            let each = member.stats();
            stats.members += 1;
            let live = matches!(member.state(), SessionState::Live | SessionState::Renewing);
            stats.live += usize::from(live);
            stats.ended += usize::from(member.0.has_ended());
            let total = &mut stats.total;
            total.notifications += each.notifications;
            total.coalesced += each.coalesced;
            total.reconnects += each.reconnects;
            total.renewals += each.renewals;
            total.last_event_at = total.last_event_at.max(each.last_event_at);
        }
        stats.total.pending = self.0.mailbox.len();
        stats
    }

    /// # Errors
    /// `State` if the set or the client is closed.
    pub(super) fn join(&self, client: &Client, resource: &Resource) -> Result<Member, Error> {
        let mut registry = lock(&self.0.registry);
        let open = registry.open.clone().ok_or_else(|| {
            Error::new(
                ErrorKind::State,
                "this set of subscriptions is closed; subscribe again",
            )
        })?;
        let set: Weak<Shared> = Arc::downgrade(&self.0);
        let source = Source {
            client: client.clone(),
            resource: resource.clone(),
            stats: Arc::new(SharedStats::default()),
            set,
        };
        let key = client.key_with(resource);
        let sender = match registry.members.get(&key) {
            Some(Entry { member, .. }) if !member.0.has_ended() => return Ok(member.clone()),
            Some(Entry { member, .. }) => Sender::replacing(source, &member.0),
            None => Sender::new(source),
        };
        let sender = Arc::new(sender);
        let until_end: Box<dyn Send> = if *client == self.0.client {
            // Closing the client closes the whole set.
            Box::new(open)
        } else {
            Box::new((client.open_handles.register(&sender)?, open))
        };
        let (send_order, orders) = watch::channel(Order::Continue);
        let session = Session {
            transport: client.service(resource),
            resource: resource.clone(),
            label: client.graph.label.clone(),
            options: Arc::clone(&client.options),
            sink: Arc::new(MemberSink {
                mailbox: Arc::clone(&self.0.mailbox),
                sender: Arc::clone(&sender),
            }),
            stats: Arc::clone(&sender.source.stats),
            orders,
            until_end,
            wait_until_live: false,
        };
        // Events report the start, so nothing waits for it here.
        drop(session.spawn());
        let member = Member(sender);
        let entry = Entry {
            member: member.clone(),
            _orders: send_order,
        };
        registry.members.insert(key, entry);
        Ok(member)
    }
}

impl Shared {
    /// Removes the member at this key, if it is one to remove.
    fn remove(&self, key: &Key, is_meant: impl FnOnce(&Member) -> bool) -> bool {
        let mut registry = lock(&self.registry);
        let Some(entry) = registry.members.get(key) else {
            return false;
        };
        if !is_meant(&entry.member) {
            return false;
        }
        let removed = registry.members.remove(key);
        drop(registry);
        if let Some(entry) = &removed {
            self.mailbox.remove(&entry.member.0);
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
        for entry in members.values() {
            self.mailbox.remove(&entry.member.0);
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

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members")
            .field("count", &self.len())
            .finish_non_exhaustive()
    }
}
