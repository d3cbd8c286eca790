//! Events for the tests of the mailboxes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::{Duration, SystemTime};

use super::event::Event;
use super::lifecycle::Lifecycle;
use super::notification::Notification;
use crate::{DisconnectReason, Resource};

pub(super) fn changed() -> Event {
    let argument = Some(r#"{"subscriptionId":"s"}"#);
    let mut notes = Notification::all_from_event(argument);
    Event::Notification(notes.remove(0))
}

pub(super) fn resync() -> Event {
    let note = Notification::resync_at(&Resource::my_drive(), SystemTime::UNIX_EPOCH);
    Event::Notification(note)
}

pub(super) fn connected() -> Event {
    lifecycle(Lifecycle::Connected)
}

pub(super) fn disconnected(retry_in: Duration) -> Event {
    lifecycle(Lifecycle::Disconnected {
        reason: DisconnectReason::ConnectionReset,
        retry_in,
    })
}

fn lifecycle(change: Lifecycle) -> Event {
    let coalesced = 0;
    Event::Lifecycle { change, coalesced }
}

pub(super) fn name(event: &Event) -> &'static str {
    match event {
        Event::Notification(note) => note.kind().as_str(),
        Event::Lifecycle { change, .. } => change.as_str(),
    }
}

/// How many events were merged into this one.
pub(super) fn coalesced(event: &Event) -> u64 {
    match event {
        Event::Notification(note) => note.coalesced(),
        Event::Lifecycle { coalesced, .. } => *coalesced,
    }
}

/// A waker that counts.
#[derive(Default)]
pub(super) struct WakeCounter(AtomicUsize);

impl WakeCounter {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Wake for WakeCounter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
