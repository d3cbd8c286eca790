//! Streams of changes, their batches and items.

mod batch;
pub(crate) mod events;
mod item;
mod parts;
pub(crate) mod queue;
pub(crate) mod stats;
pub(crate) mod stream;

pub(crate) use batch::{ChangeBatch, compared};
pub(crate) use events::ChangesEvents;
pub(crate) use item::{DriveItem, ListItem};
pub(crate) use parts::{Hashes, Identity, RemoteItem};
pub(crate) use stream::Changes;
