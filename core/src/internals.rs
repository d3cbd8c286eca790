//! The hot path, piece by piece, for `bench/micro`. No part of the public API: it changes as the
//! pieces do.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use crate::socketio::json_text::Unescaped;
use crate::socketio::{EnginePacket, SocketPacket};
use crate::{Error, Event, Notification, Resource, event, socketio};

/// An event of the server.
#[derive(Debug)]
pub struct SocketEvent(socketio::SocketEvent);

impl SocketEvent {
    /// The event in a frame, if there is one.
    #[inline]
    pub fn read(frame: &str) -> Option<Self> {
        socketio::SocketEvent::parse(event_data(frame)?)
            .ok()
            .map(Self)
    }

    /// The same, by the reader of events of any form alone.
    #[inline]
    pub fn read_any(frame: &str) -> Option<Self> {
        socketio::SocketEvent::parse_any(event_data(frame)?)
            .ok()
            .map(Self)
    }

    /// Its first argument.
    #[inline]
    pub fn into_argument(self) -> Option<Argument> {
        self.0
            .argument
            .map(|argument| Argument(argument.into_text()))
    }
}

/// The first argument of an event, as the reader of notifications takes it.
#[derive(Debug, Clone)]
pub struct Argument(Unescaped);

impl Argument {
    /// The JSON in it.
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

/// Hands on the notifications of an event.
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

/// The same, by the reader of payloads of any form alone; false if it cannot read this one.
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

/// The queue of a subscription.
#[derive(Debug)]
pub struct Mailbox(event::Mailbox);

impl Mailbox {
    /// With room for so many.
    pub fn new(capacity: usize) -> Self {
        Self(event::Mailbox::new(capacity))
    }

    /// Adds an event, or merges it into one that waits.
    #[inline]
    pub fn push(&self, event: Event) {
        self.0.push(event);
    }

    /// Moves everything that waits to the end of `items`.
    #[inline]
    pub fn drain(&self, items: &mut VecDeque<Result<Event, Error>>) -> bool {
        self.0.drain(items)
    }
}

/// One of those who share a mailbox.
#[derive(Debug, Clone)]
pub struct Sender(Arc<event::Sender<()>>);

impl Sender {
    /// A further one.
    #[allow(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        Self(Arc::new(event::Sender::new(())))
    }
}

/// The queue of a set of subscriptions.
#[derive(Debug)]
pub struct SharedMailbox(event::SharedMailbox<()>);

impl SharedMailbox {
    /// With room for so many.
    pub fn new(capacity: usize) -> Self {
        Self(event::SharedMailbox::new(capacity))
    }

    /// Adds an event, or merges it into one of the same sender that waits.
    #[inline]
    pub fn push(&self, sender: &Sender, event: Event) {
        self.0.push(&sender.0, event);
    }

    /// Takes what came first.
    #[inline]
    pub fn take(&self) -> Option<(Sender, Event)> {
        let (sender, event) = self.0.take()?;
        Some((Sender(sender), event))
    }
}
