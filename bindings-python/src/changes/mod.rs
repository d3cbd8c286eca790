//! Streams of changes, their batches and items.

mod batch;
mod events;
mod item;
mod parts;
mod stats;
mod stream;

pub(crate) use batch::ChangeBatch;
pub(crate) use events::ChangesEvents;
pub(crate) use item::{DriveItem, ListItem};
pub(crate) use parts::{Hashes, Identity, RemoteItem};
pub(crate) use stream::Changes;
