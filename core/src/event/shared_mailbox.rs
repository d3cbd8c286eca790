//! The queue between the sessions of a set and their one consumer.

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use super::event::Event;
use super::lifecycle::Lifecycle;
use super::wake::{self, MailboxState};
use crate::Error;
use crate::lock::{Mutex, lock};

/// How many bytes of events may wait, about. Beyond, a notification waits without its payload.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// One bounded queue for many sessions, which makes none of them wait.
///
/// A full mailbox merges events as [`Mailbox`](super::mailbox::Mailbox) does, but only those of the
/// same sender. Beyond the capacity it holds, for each sender, at most one notification and one
/// lifecycle event of each kind before and behind that. Apart from a lookup in a sorted map, no
/// operation takes longer for many senders than for few.
#[derive(Debug)]
pub(crate) struct SharedMailbox<S> {
    capacity: usize,
    state: Mutex<State<S>>,
}

#[derive(Debug)]
struct State<S> {
    /// By order of arrival. A map, because a merge removes from the middle.
    queue: BTreeMap<u64, (Arc<Sender<S>>, Event)>,
    arrivals: u64,
    /// What the queue takes in memory.
    bytes: usize,
    closed: bool,
    waker: Option<Waker>,
}

impl<S> MailboxState for State<S> {
    fn is_ready(&self) -> bool {
        self.closed || !self.queue.is_empty()
    }

    fn waker(&mut self) -> &mut Option<Waker> {
        &mut self.waker
    }
}

/// A session's identity in the mailbox. The consumer learns the `source` of each event from it.
#[derive(Debug)]
pub(crate) struct Sender<S> {
    pub(crate) source: S,
    pending: Arc<Mutex<Pending>>,
    /// Its further events are ignored. Written under the mailbox's lock.
    ended: AtomicBool,
}

/// The events of one sender that wait.
#[derive(Debug, Default)]
struct Pending {
    events: usize,
    /// The key of the last notification.
    notification: Option<u64>,
    /// The keys of the last lifecycle event of each kind behind that notification.
    lifecycle: Vec<(Discriminant<Lifecycle>, u64)>,
    /// How many events were merged into others.
    coalesced: u64,
}

impl<S> Sender<S> {
    pub(crate) fn new(source: S) -> Self {
        Self {
            source,
            pending: Arc::default(),
            ended: AtomicBool::default(),
        }
    }

    /// A sender in the place of another that has ended. Their events merge, so that what waits
    /// stays bounded however often a session starts anew.
    pub(crate) fn replacing<T>(source: S, ended: &Sender<T>) -> Self {
        Self {
            source,
            pending: Arc::clone(&ended.pending),
            ended: AtomicBool::default(),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// How many events were merged so far, and how many wait now.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let pending = lock(&self.pending);
        (pending.coalesced, pending.events)
    }
}

impl<S> SharedMailbox<S> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::new(State {
                queue: BTreeMap::new(),
                arrivals: 0,
                bytes: 0,
                closed: false,
                waker: None,
            }),
        }
    }

    pub(crate) fn push(&self, sender: &Arc<Sender<S>>, event: Event) {
        self.add(sender, event);
        self.wake();
    }

    /// Adds an event without waking the consumer. After a batch, call [`wake`](Self::wake) once.
    pub(crate) fn add(&self, sender: &Arc<Sender<S>>, event: Event) {
        self.add_to(&mut lock(&self.state), sender, event);
    }

    fn add_to(&self, state: &mut State<S>, sender: &Arc<Sender<S>>, event: Event) {
        if state.closed || sender.has_ended() {
            return;
        }
        let fits = state.bytes + event.size() <= MAX_BYTES || state.queue.is_empty();
        let full = !fits || state.queue.len() >= self.capacity;
        state.add(sender, event, full, fits);
    }

    /// Wakes a consumer that waits for the events added so far.
    pub(crate) fn wake(&self) {
        let state = lock(&self.state);
        if !state.queue.is_empty() {
            wake::wake(state);
        }
    }

    /// Ends one sender with an error, which the consumer gets after the sender's other events.
    pub(crate) fn fail(&self, sender: &Arc<Sender<S>>, error: Error) {
        let ended = Event::Lifecycle {
            change: Lifecycle::Ended { error },
            coalesced: 0,
        };
        let mut state = lock(&self.state);
        self.add_to(&mut state, sender, ended);
        // Before the consumer hears of it, who may start the sender anew at once.
        sender.ended.store(true, Relaxed);
        drop(state);
        self.wake();
    }

    /// Ends one sender because the consumer has closed it. Its waiting events are discarded.
    pub(crate) fn remove(&self, sender: &Sender<S>) {
        let mut state = lock(&self.state);
        sender.ended.store(true, Relaxed);
        let mut pending = lock(&sender.pending);
        if pending.events > 0 {
            state
                .queue
                .retain(|_, (other, _)| !Arc::ptr_eq(&other.pending, &sender.pending));
            state.bytes = state.queue.values().map(|(_, event)| event.size()).sum();
            *pending = Pending {
                coalesced: pending.coalesced,
                ..Pending::default()
            };
        }
    }

    /// Ends the queue because the consumer has closed it. Waiting events are discarded.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let discarded = std::mem::take(&mut state.queue);
        state.bytes = 0;
        wake::wake(state);
        drop(discarded);
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// How many events wait, of all senders.
    pub(crate) fn len(&self) -> usize {
        lock(&self.state).queue.len()
    }

    /// Takes the event that arrived first.
    pub(crate) fn take(&self) -> Option<(Arc<Sender<S>>, Event)> {
        let mut state = lock(&self.state);
        let (at, (sender, event)) = state.queue.pop_first()?;
        state.bytes -= event.size();
        lock(&sender.pending).forget(at);
        Some((sender, event))
    }

    /// Ready when events wait, or when no more will follow.
    pub(crate) fn poll_waiting(&self, cx: &Context<'_>) -> Poll<()> {
        wake::poll_waiting(&self.state, cx)
    }
}

impl<S> State<S> {
    fn add(&mut self, sender: &Arc<Sender<S>>, mut event: Event, full: bool, fits: bool) {
        let mut pending = lock(&sender.pending);
        match &mut event {
            _ if !full => {}
            Event::Notification(note) => {
                let last = pending.notification.and_then(|at| self.queue.get_mut(&at));
                if let Some((_, Event::Notification(last))) = last {
                    self.bytes -= last.merge(note);
                    pending.coalesced += 1;
                    return;
                }
            }
            Event::Lifecycle { change, coalesced } => {
                let earlier = pending.last_of_kind(change);
                self.replace(&mut pending, earlier, coalesced);
            }
        }
        if !fits && let Event::Notification(note) = event {
            event = Event::Notification(note.without_payload());
        }
        let at = self.arrivals;
        self.arrivals += 1;
        self.bytes += event.size();
        pending.remember(at, &event);
        self.queue.insert(at, (Arc::clone(sender), event));
    }

    /// Removes the earlier event that waits at `at`, if any, and counts it as merged.
    fn replace(&mut self, pending: &mut Pending, at: Option<u64>, count: &mut u64) {
        let Some(at) = at else {
            return;
        };
        pending.forget(at);
        pending.coalesced += 1;
        let Some((_, replaced)) = self.queue.remove(&at) else {
            return;
        };
        self.bytes -= replaced.size();
        if let Event::Lifecycle { coalesced, .. } = replaced {
            *count += coalesced + 1;
        }
    }
}

impl Pending {
    fn last_of_kind(&self, change: &Lifecycle) -> Option<u64> {
        let kind = discriminant(change);
        let mut all = self.lifecycle.iter();
        all.find_map(|(known, at)| (*known == kind).then_some(*at))
    }

    fn remember(&mut self, at: u64, event: &Event) {
        self.events += 1;
        match event {
            Event::Notification(_) => {
                self.notification = Some(at);
                self.lifecycle.clear();
            }
            Event::Lifecycle { change, .. } => {
                let kind = discriminant(change);
                self.lifecycle.retain(|(known, _)| *known != kind);
                self.lifecycle.push((kind, at));
            }
        }
    }

    fn forget(&mut self, at: u64) {
        self.events -= 1;
        self.lifecycle.retain(|(_, known)| *known != at);
        self.notification.take_if(|known| *known == at);
    }
}

#[cfg(test)]
#[path = "shared_mailbox_tests.rs"]
mod tests;
