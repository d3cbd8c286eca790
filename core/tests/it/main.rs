//! The crate at its public face, against two servers that play the service and against scripted ones.
//!
//! One binary for all topics: each further one would be linked anew.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not see that a case which two tests share is a test"
)]

mod backpressure;
mod changes;
mod credentials;
mod diagnosis;
mod endings;
mod gateway_responses;
mod graph_bodies;
mod graph_errors;
mod lifecycle;
mod many;
mod odd_but_legal;
mod opening_errors;
mod reconnects;
mod renewals;
mod requests;
mod retries;
mod secrets;
mod service_endings;
mod support;
mod wire;
