//! The notification URLs that were issued, the sockets on them, and the events that these get.

mod announcer;
mod event_log;
mod sockets;
mod subscriptions;

pub(crate) use announcer::Announcer;
pub use event_log::EmittedEvent;
pub(crate) use event_log::EventLog;
pub use sockets::Session;
pub(crate) use sockets::Sockets;
pub(crate) use subscriptions::{CLIENT_STATE, Subscription, Subscriptions};
