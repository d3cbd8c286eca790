//! What reads foreign bytes, for `fuzz/`. Not part of the public API.

pub use crate::changes::fuzzing::{checkpoint, compare_delta_page, delta_page};
pub use crate::graph::fuzzing::{endpoint, graph_error};
pub use crate::network::fuzzing::TlsStream;
pub use crate::socketio::fuzzing::{Received, Url, open_packet, receive};
