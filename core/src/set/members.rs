//! The members of a set: their sessions, and their registry.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::member::{Member, MemberSink, Source};
use crate::event::{Sender, SharedMailbox};
use crate::lock::lock;
use crate::session::{Session, SharedStats};
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
    /// Each session's task has a clone, so that the set learns when all have ended. `None` after
    /// the set is closed.
    ended: Option<watch::Sender<()>>,
}

type Key = (usize, Resource);

struct Entry {
    member: Member,
    /// Dropped to stop the session.
    _stop: watch::Sender<()>,
}

impl Members {
    /// An empty set. The receiver's channel closes when the set is closed and all sessions have
    /// ended.
    pub(super) fn new(client: Client) -> (Self, watch::Receiver<()>) {
        let (ended, end) = watch::channel(());
        let mailbox = Arc::new(SharedMailbox::new(client.options.mailbox_capacity));
        let registry = Mutex::new(Registry {
            members: HashMap::new(),
            ended: Some(ended),
        });
        let shared = Shared {
            client,
            mailbox,
            registry,
        };
        (Self(Arc::new(shared)), end)
    }

    pub(super) fn mailbox(&self) -> &SharedMailbox<Source> {
        &self.0.mailbox
    }

    /// Discards all events, and starts to close all sessions.
    pub(super) fn close(&self) {
        self.0.mailbox.close();
        let mut registry = lock(&self.0.registry);
        registry.ended = None;
        let members = std::mem::take(&mut registry.members);
        drop(registry);
        for entry in members.values() {
            self.0.mailbox.remove(&entry.member.0);
        }
    }

    /// Adds a resource on behalf of the client that made the set, and subscribes to it as
    /// [`subscribe_without_waiting`](Client::subscribe_without_waiting) does.
    ///
    /// A member that exists stays as it is, unless it has ended: then it starts anew.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ErrorKind::State`] if the set is closed.
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
        self.join(client, resource).ok_or_else(|| {
            Error::new(
                ErrorKind::State,
                "this set of subscriptions is closed; subscribe again",
            )
        })
    }

    /// Removes a member: closes its session, and discards its waiting events. False if there is no
    /// such member.
    pub fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let removed = lock(&self.0.registry)
            .members
            .remove(&key(client, resource));
        if let Some(entry) = &removed {
            self.0.mailbox.remove(&entry.member.0);
        }
        removed.is_some()
    }

    /// The member with this client's user and this resource.
    pub fn get(&self, client: &Client, resource: &Resource) -> Option<Member> {
        let registry = lock(&self.0.registry);
        let entry = registry.members.get(&key(client, resource))?;
        Some(entry.member.clone())
    }

    /// All members, in no particular order. A member that has ended with an error stays until it is
    /// removed.
    pub fn all(&self) -> Vec<Member> {
        let registry = lock(&self.0.registry);
        let entries = registry.members.values();
        entries.map(|entry| entry.member.clone()).collect()
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

    /// `None` if the set is closed.
    pub(super) fn join(&self, client: &Client, resource: &Resource) -> Option<Member> {
        let mut registry = lock(&self.0.registry);
        let ended = registry.ended.clone()?;
        let source = Source {
            client: client.clone(),
            resource: resource.clone(),
            stats: Arc::new(SharedStats::default()),
        };
        let key = key(client, resource);
        let member = match registry.members.get(&key) {
            Some(Entry { member, .. }) if !member.0.has_ended() => return Some(member.clone()),
            Some(Entry { member, .. }) => Sender::replacing(source, &member.0),
            None => Sender::new(source),
        };
        let member = Member(Arc::new(member));
        let source = &member.0.source;
        let session = Session {
            transport: client.service(resource),
            resource: resource.clone(),
            options: Arc::clone(&client.options),
            sink: Arc::new(MemberSink {
                mailbox: Arc::clone(&self.0.mailbox),
                sender: Arc::clone(&member.0),
            }),
            stats: Arc::clone(&source.stats),
            ended,
            wait_until_live: false,
        };
        // Events report the start, so nothing waits for it here.
        let (stop, _) = session.spawn();
        let entry = Entry {
            member: member.clone(),
            _stop: stop,
        };
        registry.members.insert(key, entry);
        Some(member)
    }
}

/// Identifies a user by the address that all their clients share. It stays valid, because the
/// member keeps the allocation.
fn key(client: &Client, resource: &Resource) -> Key {
    (Arc::as_ptr(&client.graph).addr(), resource.clone())
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = lock(&self.0.registry).members.len();
        f.debug_struct("Members")
            .field("count", &count)
            .finish_non_exhaustive()
    }
}
