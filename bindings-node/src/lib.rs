//! The Node addon of drivebell: data-transfer types and their conversion.
//!
//! Everything that is true in every language is in the core; iterators, events and `AbortSignal`
//! are in the TypeScript face (`lib/`), which is the only caller of what is exported here.
//!
//! - A call that can fail answers with `{ value }` or `{ error }`, because an exception made here
//!   could not be a `DrivebellError`.
//! - No method waits: what takes time answers through a callback, on the thread that asked.
//! - Nothing here is shared between environments, so that every worker thread has its own.

// What napi-derive expands to is public and undocumented, and takes arguments as it made them.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::needless_pass_by_value
)]

mod auth;
mod changes;
mod client;
mod command_line;
mod error;
mod event;
mod number;
mod resource;
mod runtime;
mod session;
mod set;
mod time;
