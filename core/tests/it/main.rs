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
mod graph_bodies;
mod graph_errors;
mod lifecycle;
mod many;
mod odd_but_legal;
mod reconnects;
mod refusals;
mod renewals;
mod requests;
mod retries;
mod secrets;
mod services_end;
mod support;
mod upgrade_answers;
mod wire;
