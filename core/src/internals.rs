//! The steps of the hot path, for `bench/micro`, and a drive on an unkind Graph, for the proof of
//! `drivebell-mirror`. Not part of the public API: it changes with the steps.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use crate::changes::fuzzing::delta_page;
pub use crate::changes::model::{ModelBell, ModelItem, TreeDrive};
use crate::socketio::json_text::Unescaped;
use crate::socketio::{EnginePacket, SocketPacket};
use crate::{Error, Event, Item, Notification, Resource, event, socketio};

/// An event of the server.
#[derive(Debug)]
pub struct SocketEvent(socketio::SocketEvent);

impl SocketEvent {
    /// Parses the event in a frame, if there is one.
    #[inline]
    pub fn read(frame: &str) -> Option<Self> {
        socketio::SocketEvent::parse(event_data(frame)?)
            .ok()
            .map(Self)
    }

    /// [`read`](Self::read) without the fast path.
    #[inline]
    pub fn read_any(frame: &str) -> Option<Self> {
        socketio::SocketEvent::parse_any(event_data(frame)?)
            .ok()
            .map(Self)
    }

    /// The first argument.
    #[inline]
    pub fn into_argument(self) -> Option<Argument> {
        self.0
            .argument
            .map(|argument| Argument(argument.into_text()))
    }
}

/// The first argument of an event, in the form that [`notifications`] takes.
#[derive(Debug, Clone)]
pub struct Argument(Unescaped);

impl Argument {
    /// Its JSON.
    pub fn into_text(self) -> String {
        self.0.text
    }
}

#[inline]
fn event_data(frame: &str) -> Option<&str> {
    match EnginePacket::parse(frame).ok()? {
        EnginePacket::Message(message) => Some(SocketPacket::parse(message).ok()?.data),
        _ => None,
    }
}

/// Calls `each` with the notifications of an event.
#[inline]
pub fn notifications(
    argument: Option<Argument>,
    resource: &Resource,
    received_at: SystemTime,
    each: impl FnMut(Notification),
) {
    let argument = argument.map(|argument| argument.0);
    Notification::from_event(argument, resource, received_at, each);
}

/// [`notifications`] without the fast path; false if the argument is not readable.
#[inline]
pub fn notifications_any(
    argument: String,
    resource: &Resource,
    received_at: SystemTime,
    mut each: impl FnMut(Notification),
) -> bool {
    event::payload_parser::parse_any(argument, |payload| {
        each(Notification::new(resource, payload, received_at));
    })
}

/// The items of a page of a delta query.
pub fn page_items(body: &str) -> Vec<Item> {
    let page = delta_page(body.as_bytes(), false);
    page.map(|(items, _)| items).unwrap_or_default()
}

/// The queue of a subscription.
#[derive(Debug)]
pub struct Mailbox(event::Mailbox);

impl Mailbox {
    /// A queue with this capacity.
    pub fn new(capacity: usize) -> Self {
        Self(event::Mailbox::new(capacity))
    }

    /// Adds an event, or merges it with a waiting one.
    #[inline]
    pub fn push(&self, event: Event) {
        self.0.push(event);
    }

    /// Moves all waiting events to the end of `items`. False when no more events will follow.
    #[inline]
    pub fn drain(&self, items: &mut VecDeque<Result<Event, Error>>) -> bool {
        self.0.drain(items)
    }
}

/// One of the sessions that share a mailbox.
#[derive(Debug, Clone)]
pub struct Sender(Arc<event::Sender<()>>);

impl Sender {
    /// A new sender.
    #[allow(clippy::new_without_default, reason = "each is a different sender")]
    pub fn new() -> Self {
        Self(Arc::new(event::Sender::new(())))
    }
}

/// The queue of a set of subscriptions.
#[derive(Debug)]
pub struct SharedMailbox(event::SharedMailbox<()>);

impl SharedMailbox {
    /// A queue with this capacity.
    pub fn new(capacity: usize) -> Self {
        Self(event::SharedMailbox::new(capacity))
    }

    /// Adds an event, or merges it with a waiting one of the same sender.
    #[inline]
    pub fn push(&self, sender: &Sender, event: Event) {
        self.0.push(&sender.0, event);
    }

    /// Takes the event that arrived first.
    #[inline]
    pub fn take(&self) -> Option<(Sender, Event)> {
        let (sender, event) = self.0.take()?;
        Some((Sender(sender), event))
    }
}
