//! The core's room `event/`: the files themselves, and stand-ins for what they carry.

#![allow(dead_code, reason = "a model needs a part of them")]

pub(crate) mod lifecycle;
pub(crate) mod notification;
// The file has the name of its room, as in the core.
#[allow(clippy::module_inception)]
pub(crate) mod event;

#[path = "../../core/src/event/mailbox.rs"]
pub(crate) mod mailbox;
#[path = "../../core/src/event/shared_mailbox.rs"]
pub(crate) mod shared_mailbox;
#[path = "../../core/src/event/wake.rs"]
mod wake;
