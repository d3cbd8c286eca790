//! The notification service: issued URLs, the sockets on them, and the events they get.

mod announce;
mod event;
mod event_log;
mod gate;
mod namespace;
mod sockets;
mod subscriptions;

pub(crate) use announce::announce;
pub(crate) use event::CLIENT_STATE;
pub use event_log::EmittedEvent;
pub(crate) use event_log::EventLog;
pub(crate) use gate::{drive_of, gate};
pub(crate) use namespace::service;
pub(crate) use sockets::Sockets;
pub(crate) use subscriptions::{Subscription, Subscriptions};
