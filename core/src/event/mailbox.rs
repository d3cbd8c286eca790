//! The queue between one session and its consumer.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::task::{Context, Poll, Waker};

use super::event::Event;
use super::lifecycle::Lifecycle;
use super::notification::Notification;
use super::wake::{self, MailboxState};
use crate::Error;
use crate::lock::{Mutex, lock};

/// What a session passes to its consumer.
pub(crate) type Item = Result<Event, Error>;

/// How many bytes of events may wait, about. One event may be longer.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// An empty queue keeps the allocation for up to this many events.
const KEPT_CAPACITY: usize = 32;

/// A bounded queue that never makes the session wait.
///
/// A mailbox is full by the number or by the bytes of its events. It then merges events instead of
/// dropping them. A notification is merged into the last
/// one that waits. A lifecycle event replaces the last one of its kind, unless a notification waits
/// behind that. Each event counts those that were merged into it.
#[derive(Debug)]
pub(crate) struct Mailbox {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Item>,
    /// What the queue takes in memory.
    bytes: usize,
    /// How many events were merged into others.
    coalesced: u64,
    ended: bool,
    failure: Option<Error>,
    waker: Option<Waker>,
}

impl MailboxState for State {
    fn is_ready(&self) -> bool {
        self.ended || !self.queue.is_empty()
    }

    fn waker(&mut self) -> &mut Option<Waker> {
        &mut self.waker
    }
}

impl Mailbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, event: Event) {
        self.add(event);
        self.wake();
    }

    /// Adds an event without waking the consumer. After a batch, call [`wake`](Self::wake) once.
    pub(crate) fn add(&self, event: Event) {
        let mut state = lock(&self.state);
        if state.ended {
            return;
        }
        let bytes = state.bytes + event.size();
        let fits = bytes <= MAX_BYTES || state.queue.is_empty();
        if fits && state.queue.len() < self.capacity {
            state.bytes = bytes;
            state.queue.push_back(Ok(event));
        } else {
            state.coalesced += u64::from(merge(&mut state.queue, event, fits));
        }
    }

    /// Wakes a consumer that waits for the events added so far.
    pub(crate) fn wake(&self) {
        let state = lock(&self.state);
        if !state.queue.is_empty() {
            wake::wake(state);
        }
    }

    /// How many events were merged so far, and how many wait now.
    pub(crate) fn counts(&self) -> (u64, usize) {
        let state = lock(&self.state);
        (state.coalesced, state.queue.len())
    }

    /// Ends the queue with an error, which the consumer gets after the events that wait.
    pub(crate) fn fail(&self, error: Error) {
        let mut state = lock(&self.state);
        if state.ended {
            return;
        }
        state.ended = true;
        state.failure = Some(error.clone());
        state.queue.push_back(Err(error));
        wake::wake(state);
    }

    /// Ends the queue because the consumer has closed it. Waiting events are discarded.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.ended = true;
        state.bytes = 0;
        state.queue.clear();
        wake::wake(state);
    }

    pub(crate) fn failure(&self) -> Option<Error> {
        lock(&self.state).failure.clone()
    }

    /// Moves all waiting events to the end of `items`. False when no more events will follow.
    pub(crate) fn drain(&self, items: &mut VecDeque<Item>) -> bool {
        let mut state = lock(&self.state);
        state.bytes = 0;
        if items.is_empty() {
            // The queues swap their allocations, so that neither side allocates for each batch. The
            // large one of a burst is not kept.
            if items.capacity() > KEPT_CAPACITY {
                *items = VecDeque::new();
            }
            std::mem::swap(items, &mut state.queue);
        } else {
            items.append(&mut state.queue);
        }
        !state.ended
    }

    /// Ready when events wait, or when no more will follow.
    pub(crate) fn poll_waiting(&self, cx: &Context<'_>) -> Poll<()> {
        wake::poll_waiting(&self.state, cx)
    }
}

/// Adds an event to a full queue. True if it was merged with another. `fits`: only the number of
/// events is exceeded.
fn merge(queue: &mut VecDeque<Item>, event: Event, fits: bool) -> bool {
    match event {
        Event::Notification(note) => {
            if let Some(last) = last_notification(queue) {
                last.merge(&note);
                return true;
            }
            let note = if fits { note } else { note.without_payload() };
            queue.push_back(Ok(Event::Notification(note)));
            false
        }
        Event::Lifecycle { change, coalesced } => {
            let replaced = take_last_of_kind(queue, &change);
            queue.push_back(Ok(Event::Lifecycle {
                change,
                coalesced: coalesced + replaced.map_or(0, |replaced| replaced + 1),
            }));
            replaced.is_some()
        }
    }
}

fn last_notification(queue: &mut VecDeque<Item>) -> Option<&mut Notification> {
    queue.iter_mut().rev().find_map(|item| match item {
        Ok(Event::Notification(note)) => Some(note),
        _ => None,
    })
}

/// Removes the lifecycle event of this kind that waits behind the last notification. Returns how
/// many events had been merged into it.
fn take_last_of_kind(queue: &mut VecDeque<Item>, kind: &Lifecycle) -> Option<u64> {
    let mut run = queue.iter().enumerate().rev().map_while(|(index, item)| {
        let Ok(Event::Lifecycle { change, coalesced }) = item else {
            return None;
        };
        Some((index, discriminant(change), *coalesced))
    });
    let (index, _, replaced) = run.find(|(_, known, _)| *known == discriminant(kind))?;
    queue.remove(index);
    Some(replaced)
}

#[cfg(test)]
#[path = "mailbox_tests.rs"]
mod tests;
