//! Streams of changes that several processes share, and their stores.

mod batch;
mod contract;
mod native_stores;
mod python_store;
mod record;
mod store_reply;
mod stream;

pub(crate) use batch::{SharedBatch, SharedRefusal};
pub(crate) use contract::check_store;
pub(crate) use native_stores::{MemoryStore, SqliteStore};
pub(crate) use store_reply::StoreReply;
pub(crate) use stream::SharedChanges;
