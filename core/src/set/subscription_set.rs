use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use tokio::sync::watch;

use super::member::{Member, MemberSink, Source};
use crate::event::{Sender, SharedMailbox};
use crate::lock::lock;
use crate::session::{Session, SharedStats};
use crate::{Client, Error, ErrorKind, Event, Resource, SessionState, SubscriptionStats};

/// Many subscriptions, of one user or of many: a [`Stream`] of what happens in all of them, in one
/// order.
///
/// Each lives as a [`Subscription`](crate::Subscription) does. One that is refused for good is over
/// with [`Lifecycle::Ended`](crate::Lifecycle::Ended) and the others go on: the stream itself ends when the set is closed, and
/// not before, because others may be [added](Members::add) at any time.
///
/// Events wait in one bounded queue ([`mailbox_capacity`](crate::ClientBuilder::mailbox_capacity));
/// when it is full, they merge with those of the same member only, and each member still has room
/// for one notification and what its session did before and after it.
///
/// Dropping the set closes it without waiting; [`close`](Self::close) waits for the server's
/// goodbyes.
pub struct SubscriptionSet {
    members: Members,
    end: watch::Receiver<()>,
    finished: bool,
}

/// Something that happened to a member of a set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetEvent {
    /// To whom.
    pub member: Member,
    /// What happened.
    pub event: Event,
}

/// What the members of a set have been through so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SetStats {
    /// How many there are.
    pub members: usize,
    /// How many of them are live at this moment.
    pub live: usize,
    /// How many of them are over, by an error.
    pub ended: usize,
    /// The sums of their counts, and the latest time.
    pub total: SubscriptionStats,
}

/// Who is in a [`SubscriptionSet`]. Clones are of the same set, for tasks beside the one that reads
/// its stream; they do not keep it open.
#[derive(Clone)]
pub struct Members(Arc<Shared>);

struct Shared {
    /// Of whoever made the set.
    client: Client,
    mailbox: Arc<SharedMailbox<Source>>,
    registry: Mutex<Registry>,
}

struct Registry {
    members: HashMap<Key, Entry>,
    /// A clone is with each session's task, so that the set knows when all are over. None once
    /// the set is closed.
    ended: Option<watch::Sender<()>>,
}

type Key = (usize, Resource);

struct Entry {
    member: Member,
    /// Dropped to stop the session.
    _stop: watch::Sender<()>,
}

impl SubscriptionSet {
    pub(crate) fn new(client: Client) -> Self {
        let (ended, end) = watch::channel(());
        let mailbox = Arc::new(SharedMailbox::new(client.session.mailbox_capacity));
        Self {
            members: Members(Arc::new(Shared {
                client,
                mailbox,
                registry: Mutex::new(Registry {
                    members: HashMap::new(),
                    ended: Some(ended),
                }),
            })),
            end,
            finished: false,
        }
    }

    /// Who is in it, to add and remove and ask.
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Says goodbye to the servers and ends the stream; what waits is discarded. Closing twice is
    /// fine.
    pub async fn close(&self) {
        self.start_close();
        self.closed().await;
    }

    /// Begins to close without waiting.
    pub fn start_close(&self) {
        self.members.0.mailbox.close();
        let mut registry = lock(&self.members.0.registry);
        registry.ended = None;
        let members = std::mem::take(&mut registry.members);
        drop(registry);
        for entry in members.values() {
            self.members.0.mailbox.remove(&entry.member.0);
        }
    }

    /// Waits until the set is closed and every session is over.
    pub async fn closed(&self) {
        // Nothing is ever sent: the channel ends with the last task, and the set's own hand on it.
        while self.end.clone().changed().await.is_ok() {}
    }

    /// The next event, if one waits. With [`poll_waiting`](Self::poll_waiting), for a consumer with
    /// a loop of its own. Use either these two or the stream.
    pub fn try_next(&self) -> Option<SetEvent> {
        let (sender, event) = self.members.0.mailbox.take()?;
        Some(SetEvent {
            member: Member(sender),
            event,
        })
    }

    /// How many events wait.
    pub fn pending(&self) -> usize {
        self.members.0.mailbox.len()
    }

    /// Nothing will follow.
    pub fn is_closed(&self) -> bool {
        self.members.0.mailbox.is_closed()
    }

    /// Ready when something waits or nothing will follow; else the waker is woken once, when that
    /// comes about.
    pub fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.members.0.mailbox.poll_waiting(cx)
    }
}

impl Members {
    /// Adds a resource of the user whose client made the set, and subscribes to it, as
    /// [`subscribe_without_waiting`](Client::subscribe_without_waiting) does.
    ///
    /// One that is there already stays as it is. One that is over starts anew.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// `State` if the set is closed.
    pub fn add(&self, resource: &Resource) -> Result<Member, Error> {
        let client = self.0.client.clone();
        self.add_for(&client, resource)
    }

    /// The same for another user, by the client that [`Client::with_credential`] made. Limits and
    /// pauses are those of that client's family.
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

    /// Removes a member: its session says goodbye, and nothing more is told of it. False if it was
    /// not there.
    pub fn remove(&self, client: &Client, resource: &Resource) -> bool {
        let removed = lock(&self.0.registry)
            .members
            .remove(&key(client, resource));
        if let Some(entry) = &removed {
            self.0.mailbox.remove(&entry.member.0);
        }
        removed.is_some()
    }

    /// The member that stands for this resource of this user.
    pub fn get(&self, client: &Client, resource: &Resource) -> Option<Member> {
        let registry = lock(&self.0.registry);
        let entry = registry.members.get(&key(client, resource))?;
        Some(entry.member.clone())
    }

    /// All of them, in no order. One that is over, by an error, is among them until it is removed.
    pub fn all(&self) -> Vec<Member> {
        let registry = lock(&self.0.registry);
        let entries = registry.members.values();
        entries.map(|entry| entry.member.clone()).collect()
    }

    /// What they have been through so far, in all.
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

    /// None if the set is closed.
    pub(crate) fn join(&self, client: &Client, resource: &Resource) -> Option<Member> {
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
            options: client.session.clone(),
            sink: Arc::new(MemberSink {
                mailbox: Arc::clone(&self.0.mailbox),
                sender: Arc::clone(&member.0),
            }),
            stats: Arc::clone(&source.stats),
            ended,
            wait_until_live: false,
        };
        // Nobody waits for the start: events report it.
        let (stop, _) = session.spawn();
        let entry = Entry {
            member: member.clone(),
            _stop: stop,
        };
        registry.members.insert(key, entry);
        Some(member)
    }
}

/// The address of what a user's clients share stands for the user: the member keeps it there.
fn key(client: &Client, resource: &Resource) -> Key {
    (Arc::as_ptr(&client.graph).addr(), resource.clone())
}

impl Stream for SubscriptionSet {
    type Item = SetEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SetEvent>> {
        while !self.finished {
            if let Some(event) = self.try_next() {
                return Poll::Ready(Some(event));
            }
            self.finished = self.is_closed();
            if !self.finished {
                std::task::ready!(self.poll_waiting(cx));
            }
        }
        Poll::Ready(None)
    }
}

impl FusedStream for SubscriptionSet {
    fn is_terminated(&self) -> bool {
        self.finished
    }
}

impl Drop for SubscriptionSet {
    fn drop(&mut self) {
        self.start_close();
    }
}

impl fmt::Debug for SubscriptionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionSet")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = lock(&self.0.registry).members.len();
        f.debug_struct("Members")
            .field("count", &count)
            .finish_non_exhaustive()
    }
}
