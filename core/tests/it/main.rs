//! The crate at its public face, against the simulator and against scripted servers.
//!
//! One binary for all topics: each further one would be linked anew.

mod backpressure;
mod credentials;
mod endings;
mod graph_errors;
mod lifecycle;
mod refusals;
mod requests;
mod retries;
mod secrets;
mod support;
mod wire;
