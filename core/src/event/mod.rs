//! What a session hands to its consumer, and the bounded queues on the way there.

#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod event;
mod mailbox;
mod notification;
mod outlet;
pub(crate) mod payload;
mod shared_mailbox;

pub use event::{Event, Lifecycle};
pub(crate) use mailbox::{Item, Mailbox};
pub use notification::{Notification, NotificationKind};
pub(crate) use outlet::Outlet;
pub use payload::Payload;
pub(crate) use shared_mailbox::{Sender, SharedMailbox};
