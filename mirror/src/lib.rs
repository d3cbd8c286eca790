//! A drive's tree in a SQLite file, kept true, and what happened to which file.
//!
//! [`Client::changes`](drivebell::Client::changes) gives an item's latest state and an id. This crate
//! adds what every program then writes by itself: a table of items, paths, whether it was a rename, a
//! move or new content, filters, and a record of what is done that survives a crash.
//!
//! ```no_run
//! use drivebell::{Client, Resource};
//! use drivebell_mirror::MirrorClient as _;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: Client) -> Result<(), drivebell::Error> {
//! let mut mirror = client.mirror(&Resource::my_drive(), "drive.db")?;
//! while let Some(change) = mirror.next().await {
//!     let change = change?;
//!     println!("{} {}", change.kind, change.path);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The schema of the file is public: see [The tree in a SQLite file].
//!
//! [The tree in a SQLite file]: https://drivebell.github.io/drivebell/mirror/#the-file

mod change;
mod chunk;
mod client;
mod error;
mod feed;
mod file;
mod filter;
mod folder_paths;
mod handle;
mod keeper;
mod log_guard;
mod lookup;
mod members;
mod mirror;
#[cfg(test)]
mod model;
mod node;
mod paths;
mod reader;
mod reading;
mod schema;
mod set;
mod stats;
mod store;
#[cfg(test)]
mod test_file;
mod tree;
mod walk;

pub use change::Change;
pub use client::MirrorClient;
#[doc(inline)]
pub use drivebell::{ChangeKind, FoundBy, Initial, MirrorOptions};
pub use file::MirrorFile;
pub use filter::PathFilter;
pub use handle::MirrorHandle;
pub use members::MirrorMembers;
pub use mirror::{Batches, Mirror};
pub use set::{MemberChanges, MirrorSet};
pub use stats::MirrorStats;
pub use tree::Tree;
pub use walk::Walk;
