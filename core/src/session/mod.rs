//! One subscription: one task that keeps a connection, and a handle for the consumer.
//!
//! [`machine`] decides, [`driver`] does, [`transport`] is what it does it with.

mod delivery;
mod driver;
mod family;
mod machine;
mod options;
mod renewal;
mod retry_policy;
mod start;
mod stats;
mod subscription;
mod transitions;
mod transport;

pub(crate) use family::Family;
pub(crate) use options::SessionOptions;
pub(crate) use start::{Session, start};
pub(crate) use stats::SharedStats;
pub use stats::{SessionState, SubscriptionStats};
pub use subscription::Subscription;
pub(crate) use transport::Service;
