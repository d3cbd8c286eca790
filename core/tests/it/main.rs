//! The public API, tested against two implementations of the service and against scripted servers.
//!
//! One binary for all files, because linking each one takes long.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognize a function that two tests share as a test"
)]

mod backpressure;
mod certificates;
mod changes;
mod closing;
mod credentials;
mod diagnosis;
mod doubt;
mod endings;
mod forms;
mod gateway_responses;
mod graph_bodies;
mod graph_errors;
mod labels;
mod lifecycle;
mod links;
mod log_records;
mod many;
mod many_changes;
mod network_failures;
mod odd_but_legal;
mod opening_errors;
mod pacing;
mod push;
mod reconnects;
mod renewals;
mod requests;
mod retries;
mod secrets;
mod service_endings;
mod sign_in;
mod support;
mod unkind;
mod wire;
