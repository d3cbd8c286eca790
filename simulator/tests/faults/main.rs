//! What goes wrong on demand.
//!
//! One binary for all topics: each further one would be linked anew.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod bytes;
mod control;
mod endings;
mod expiry;
mod joins;
mod raw_client;
mod selection;
