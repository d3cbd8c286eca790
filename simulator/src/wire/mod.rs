//! The connections under HTTP and Socket.IO, and what can be done to their bytes.

mod connection;
mod effect;
mod output_parser;
mod state;
mod stream;
mod traffic;

pub(crate) use connection::{Exchange, Line, Protocol};
pub(crate) use effect::{Effect, Kind};
pub(crate) use state::End;
pub(crate) use stream::Connection;
