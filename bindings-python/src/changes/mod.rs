//! Streams of changes, their batches and items.

mod batch;
mod item;
mod parts;
mod stream;

pub(crate) use batch::ChangeBatch;
pub(crate) use item::{DriveItem, ListItem};
pub(crate) use parts::{Hashes, Identity, RemoteItem};
pub(crate) use stream::Changes;
