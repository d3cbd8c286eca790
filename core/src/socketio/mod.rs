//! A client of Engine.IO 4 and Socket.IO 5 over WebSocket. It knows nothing of Graph.
//!
//! <https://socket.io/docs/v4/engine-io-protocol/>, <https://socket.io/docs/v4/socket-io-protocol/>

mod connection;
mod event;
mod frames;
#[cfg(feature = "__internals")]
pub(crate) mod fuzzing;
mod goodbye;
mod handshake;
pub(crate) mod json_text;
mod observer;
mod opening;
mod options;
mod packet;
#[cfg(test)]
mod proptests;
mod url;
mod wire;

pub(crate) use connection::Connection;
pub(crate) use event::{Argument, SocketEvent};
pub(crate) use observer::Observer;
pub(crate) use options::SocketOptions;
pub(crate) use packet::session_id;
#[cfg(feature = "__internals")]
pub(crate) use packet::{EnginePacket, SocketPacket};
pub(crate) use url::NotificationUrl;
