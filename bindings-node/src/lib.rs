//! The Node addon of drivebell: data-transfer types and their conversion.
//!
//! Every rule that holds in all languages is in the core. Iterators, events and `AbortSignal` are in
//! TypeScript (`lib/`), the only caller of these exports.
//!
//! - A call that can fail returns `{ value }` or `{ error }`: an exception thrown from here could not
//!   be a `DrivebellError`.
//! - No method blocks: an asynchronous call passes its result to a callback, on the calling thread.
//! - Environments share no object, so each worker thread has its own.

// The code that napi-derive generates is public and undocumented, and passes arguments by value.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::needless_pass_by_value
)]

mod auth;
mod changes;
mod changes_set;
mod client;
mod command_line;
mod error;
mod event;
mod mirror;
mod mirror_set;
mod number;
mod options;
mod outcome;
mod resource;
mod runtime;
mod session;
mod set;
mod shared;
mod time;
mod version;
