//! The simulator over real sockets.
//!
//! One binary for all topics, because each binary takes time to link.

mod advance;
mod binary;
mod control;
mod delta;
mod editor;
mod edits;
mod endpoint;
mod events;
mod faults;
mod identity;
mod items;
mod sockets;
mod support;
mod ui;
