//! The command and what it serves, without NATS.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognize a function that two tests share as a test"
)]

mod command;
mod completions;
mod config;
mod http;
mod support;
#[cfg(unix)]
mod worker;
