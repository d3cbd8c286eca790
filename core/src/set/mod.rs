//! One stream for many sessions, of one user or of many.

mod client;
mod member;
mod subscription_set;

pub use member::Member;
pub use subscription_set::{Members, SetEvent, SetStats, SubscriptionSet};
