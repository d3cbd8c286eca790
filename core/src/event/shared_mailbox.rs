use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::lock::lock;
use crate::{Error, Event, Lifecycle};

/// One bounded queue for many sessions that makes none of them wait.
///
/// When it is full, events merge as in the mailbox of a single session, but only with those of the
/// same sender: what waits is at most the capacity and, of each sender, one notification and one
/// event of each other kind before and behind it. Nothing here takes longer for many senders than
/// for few, but for looking up a place in a sorted map.
#[derive(Debug)]
pub(crate) struct SharedMailbox<W> {
    capacity: usize,
    state: Mutex<State<W>>,
}

#[derive(Debug)]
struct State<W> {
    /// By arrival. A map, because a merge takes out of the middle.
    queue: BTreeMap<u64, (Arc<Sender<W>>, Event)>,
    arrivals: u64,
    closed: bool,
    /// As in the mailbox of a single session: there while the consumer waits on an empty queue.
    waker: Option<Waker>,
}

/// Who sends events, and `who` that is for the consumer.
#[derive(Debug)]
pub(crate) struct Sender<W> {
    pub(crate) who: W,
    waiting: Arc<Mutex<Waiting>>,
    /// Nothing is taken from it any more. Written under the mailbox's lock.
    over: AtomicBool,
}

/// What waits of one sender.
#[derive(Debug, Default)]
struct Waiting {
    events: usize,
    /// Where its last notification is.
    notification: Option<u64>,
    /// Where the last of each kind is that came behind it.
    lifecycle: Vec<(Discriminant<Lifecycle>, u64)>,
    /// How many events were merged into others in all.
    coalesced: u64,
}

impl<W> Sender<W> {
    pub(crate) fn new(who: W) -> Self {
        Self {
            who,
            waiting: Arc::default(),
            over: AtomicBool::default(),
        }
    }

    /// One that sends in the place of another, which is over: what waits of both is bounded as of
    /// one.
    pub(crate) fn succeeding<V>(who: W, before: &Sender<V>) -> Self {
        Self {
            who,
            waiting: Arc::clone(&before.waiting),
            over: AtomicBool::default(),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// How many events were merged, and how many wait.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let waiting = lock(&self.waiting);
        (waiting.coalesced, waiting.events)
    }
}

impl<W> SharedMailbox<W> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::new(State {
                queue: BTreeMap::new(),
                arrivals: 0,
                closed: false,
                waker: None,
            }),
        }
    }

    pub(crate) fn push(&self, sender: &Arc<Sender<W>>, event: Event) {
        self.add(sender, event);
        self.wake();
    }

    /// Adds an event without waking the consumer: a batch ends with one [`wake`](Self::wake).
    pub(crate) fn add(&self, sender: &Arc<Sender<W>>, event: Event) {
        let mut state = lock(&self.state);
        if state.closed || sender.is_over() {
            return;
        }
        let full = state.queue.len() >= self.capacity;
        state.add(sender, event, full);
    }

    /// Wakes a consumer that waits although events are there.
    pub(crate) fn wake(&self) {
        let state = lock(&self.state);
        if !state.queue.is_empty() {
            wake_unlocked(state);
        }
    }

    /// The sender has failed: behind what waits comes the error, and nothing more of it.
    pub(crate) fn fail(&self, sender: &Arc<Sender<W>>, error: Error) {
        let ended = Event::Lifecycle {
            change: Lifecycle::Ended { error },
            coalesced: 0,
        };
        self.push(sender, ended);
        let _state = lock(&self.state);
        sender.over.store(true, Relaxed);
    }

    /// Nothing more is wanted of this sender: what waits of it is discarded.
    pub(crate) fn leave(&self, sender: &Sender<W>) {
        let mut state = lock(&self.state);
        sender.over.store(true, Relaxed);
        let mut waiting = lock(&sender.waiting);
        if waiting.events > 0 {
            let mine = |other: &Sender<W>| Arc::ptr_eq(&other.waiting, &sender.waiting);
            state.queue.retain(|_, (other, _)| !mine(other));
            *waiting = Waiting {
                coalesced: waiting.coalesced,
                ..Waiting::default()
            };
        }
    }

    /// The consumer has closed: it wants nothing more of anybody.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let discarded = std::mem::take(&mut state.queue);
        wake_unlocked(state);
        drop(discarded);
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// How many events wait in all.
    pub(crate) fn len(&self) -> usize {
        lock(&self.state).queue.len()
    }

    /// Takes what came first.
    pub(crate) fn take(&self) -> Option<(Arc<Sender<W>>, Event)> {
        let mut state = lock(&self.state);
        let (at, (sender, event)) = state.queue.pop_first()?;
        lock(&sender.waiting).forget(at);
        Some((sender, event))
    }

    /// Ready when something waits, or nothing ever will.
    pub(crate) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if state.closed || !state.queue.is_empty() {
            return Poll::Ready(());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl<W> State<W> {
    fn add(&mut self, sender: &Arc<Sender<W>>, mut event: Event, full: bool) {
        let mut waiting = lock(&sender.waiting);
        match &mut event {
            _ if !full => {}
            Event::Notification(note) => {
                let last = waiting.notification.and_then(|at| self.queue.get_mut(&at));
                if let Some((_, Event::Notification(last))) = last {
                    last.merge(note);
                    waiting.coalesced += 1;
                    return;
                }
            }
            Event::Lifecycle { change, coalesced } => {
                let earlier = waiting.last_of_kind(change);
                self.replace(&mut waiting, earlier, coalesced);
            }
        }
        let at = self.arrivals;
        self.arrivals += 1;
        waiting.remember(at, &event);
        self.queue.insert(at, (Arc::clone(sender), event));
    }

    /// Lets an event stand for the earlier one that waits there, if one does.
    fn replace(&mut self, waiting: &mut Waiting, at: Option<u64>, count: &mut u64) {
        let Some(at) = at else {
            return;
        };
        waiting.forget(at);
        waiting.coalesced += 1;
        if let Some((_, Event::Lifecycle { coalesced, .. })) = self.queue.remove(&at) {
            *count += coalesced + 1;
        }
    }
}

impl Waiting {
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

/// Wakes after unlocking: the waker may be a stranger's code.
fn wake_unlocked<W>(mut state: MutexGuard<'_, State<W>>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
#[path = "shared_mailbox_tests.rs"]
mod tests;
