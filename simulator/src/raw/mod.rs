//! A server whose every byte a test decides, for what no service would send.

mod client;
mod play;
mod record;
mod script;
mod server;

pub use record::{Sent, What};
pub use script::Script;
pub use server::{RawServer, RawServerBuilder, ScriptFailure};
