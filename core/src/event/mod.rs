//! The events that a session publishes, and the bounded queues that carry them to the consumer.

#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod event;
mod lifecycle;
mod mailbox;
mod notification;
mod payload;
pub(crate) mod payload_parser;
#[cfg(test)]
mod samples;
mod shared_mailbox;
mod sink;
mod wake;

pub use event::Event;
pub use lifecycle::Lifecycle;
pub(crate) use mailbox::{Item, Mailbox};
pub use notification::{Notification, NotificationKind};
pub use payload::Payload;
pub(crate) use shared_mailbox::{Sender, SharedMailbox};
pub(crate) use sink::{EventSink, MemberSink};
