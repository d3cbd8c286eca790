//! One subscription: a task that keeps the connection alive, and a handle for the consumer.
//!
//! [`machine`] decides what happens next, [`driver`] carries it out through [`transport`], and
//! [`delivery`] publishes the events.

mod delivery;
mod driver;
mod family;
mod machine;
mod open_handles;
mod order;
mod reconnect_policy;
mod renewal;
mod start;
mod stats;
mod subscription;
mod transitions;
mod transport;

pub(crate) use family::Family;
pub(crate) use open_handles::{Handle, OpenHandles, Registration};
pub(crate) use order::Order;
pub(crate) use start::{Session, start};
pub(crate) use stats::SharedStats;
pub use stats::{SessionState, SubscriptionStats};
pub use subscription::Subscription;
pub(crate) use transport::Service;
