//! The identity service: sign-in, tokens, and Graph's checks of them.
//!
//! One binary for all topics, because each binary takes time to link.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod device_codes;
mod faults;
mod grants;
mod graph;
mod metadata;
mod tls;
