//! The stores by their public API, also by several processes.
//!
//! One binary for all files, because linking each one takes long.

#![allow(
    clippy::unwrap_used,
    reason = "clippy does not recognize a function that two tests share as a test"
)]

mod folder;
mod kills;
mod records;
mod refused;
mod shared;
mod sqlite;
