//! Streams of changes, their batches and items.

mod batch;
mod events;
mod item;
mod member_batch;
mod parts;
mod queue;
mod set;
mod stats;
mod stream;

pub(crate) use batch::ChangeBatch;
pub(crate) use events::ChangesEvents;
pub(crate) use item::{DriveItem, ListItem};
pub(crate) use member_batch::{MemberBatch, MemberEnd};
pub(crate) use parts::{Hashes, Identity, RemoteItem};
pub(crate) use set::ChangesSet;
pub(crate) use stream::Changes;
