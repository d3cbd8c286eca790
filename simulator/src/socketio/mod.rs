//! The Socket.IO endpoint: the handshake, the namespace, and its event.

mod event;
mod handshake;
mod namespace;

pub(crate) use handshake::{admit, drive_of};
pub(crate) use namespace::layer;
