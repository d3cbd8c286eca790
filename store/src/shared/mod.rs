//! Streams of changes that several processes share.

mod client;
mod host;
mod members;
mod options;
mod stream;

pub use client::SharedClient;
pub use members::SharedMembers;
pub use stream::{SharedBatch, SharedChanges};
