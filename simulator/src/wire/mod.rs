//! The connections under HTTP and Socket.IO, and what can be done to their bytes.

mod connection;
mod effect;
mod line;
mod progress;
mod state;
mod traffic;

pub(crate) use connection::Connection;
pub(crate) use effect::{Effect, Kind};
pub(crate) use line::{Exchange, Line, Protocol};
pub(crate) use state::End;
