//! Publishes what changed, as CloudEvents, so that nothing is lost, nothing comes twice, and nothing comes
//! from a worker that has lost its partition.

mod event;
mod fence;
mod identity;
mod memo;
#[cfg(test)]
mod memo_tests;
#[cfg(test)]
mod model;
mod plan;
mod publisher;
mod replay;
mod stats;

pub use self::event::{CHANGED, COMPLETED, DELETED, STARTED};
pub use self::fence::Fence;
pub use self::publisher::{Drive, Outbox, Published};
pub use self::stats::OutboxStats;
