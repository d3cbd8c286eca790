//! The client: its options, and the calls that start everything else.

mod builder;
#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod client;

pub use builder::ClientBuilder;
pub use client::Client;
