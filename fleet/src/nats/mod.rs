//! What a fleet keeps on NATS: its connection, its buckets and stream, and its leases and checkpoints.

mod buckets;
mod check;
mod connection;
mod error;
mod fleet;
mod key_text;
mod listing;
mod options;
mod ownership_cache;
mod records;
mod settings;
mod store;
mod tls;

pub use self::buckets::{Buckets, Discard, Storage, StreamOptions};
pub use self::connection::{Connection, MINIMUM_VERSION};
pub(crate) use self::error::chain;
pub use self::error::{NatsError, NatsErrorKind};
pub use self::fleet::Fleet;
pub use self::options::{Login, NatsOptions, Tls};
pub(crate) use self::records::{
    LeaseRecord, code, is_wrong_sequence, lease_key, publish_after, read,
};
pub use self::settings::Settings;
pub use self::store::NatsStore;
