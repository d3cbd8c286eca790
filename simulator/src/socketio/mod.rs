//! The Socket.IO endpoint: the handshake, the namespace, and its event.

mod event;
mod handshake;
mod namespace;

pub(crate) use event::CLIENT_STATE;
pub(crate) use handshake::{drive_of, gate};
pub(crate) use namespace::service;
