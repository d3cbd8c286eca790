//! Fault injection.
//!
//! One binary for all topics, because each binary takes time to link.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod bytes;
mod control;
mod endings;
mod expiry;
mod joins;
mod selection;
mod spells;
mod tcp_client;
