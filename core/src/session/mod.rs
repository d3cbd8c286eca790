//! One subscription: one task that owns the socket, and a handle for the consumer.

mod driver;
mod subscription;

pub(crate) use driver::start;
pub use subscription::Subscription;
