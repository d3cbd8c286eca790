//! The TCP connections under HTTP and Socket.IO, and the effects of faults on their bytes.

mod connection;
mod effect;
mod exchange;
mod output_parser;
mod state;
mod stream;
mod traffic;

pub(crate) use connection::Connection;
pub(crate) use effect::{Effect, Kind};
pub(crate) use exchange::{Exchange, Protocol, RequestKind};
pub(crate) use state::End;
pub(crate) use stream::ServiceStream;
