//! The notification URLs that were issued, the sockets on them, and what these were sent.

mod announcer;
mod event_log;
mod sockets;
mod subscriptions;

pub(crate) use announcer::announce;
pub use event_log::EmittedEvent;
pub(crate) use event_log::EventLog;
pub(crate) use sockets::Sockets;
pub(crate) use subscriptions::{Subscription, Subscriptions};
