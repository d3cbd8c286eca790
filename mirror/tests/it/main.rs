//! The public API, over sockets, against the simulator.
//!
//! One binary for all files, because linking each one takes long.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognize a function that two tests share as a test"
)]

mod changes;
mod closing;
mod filters;
mod found;
mod kills;
mod many;
mod names;
mod restarts;
mod schema;
mod storage;
mod support;
mod tree;
