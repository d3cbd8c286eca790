//! What a session hands to its consumer, and the bounded queues on the way there.

#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod event;
mod mailbox;
mod notification;
pub(crate) mod payload;
mod shared_mailbox;
mod sink;

pub use event::{Event, Lifecycle};
pub(crate) use mailbox::{Item, Mailbox};
pub use notification::{Notification, NotificationKind};
pub use payload::Payload;
pub(crate) use shared_mailbox::{Sender, SharedMailbox};
pub(crate) use sink::EventSink;
