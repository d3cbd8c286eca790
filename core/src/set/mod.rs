//! One stream for many sessions, of one user or of several.

mod client;
mod member;
mod members;
mod subscription_set;

pub use member::Member;
pub use members::{Members, SetStats};
pub use subscription_set::{SetEvent, SubscriptionSet};
