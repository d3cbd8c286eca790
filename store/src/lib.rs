//! Several processes share the drives that drivebell follows.
//!
//! A [`CheckpointStore`] says who follows which drive, and how far each has come. It has the four calls
//! of the stores of Azure's event processors: claim ownership, list ownership, list checkpoints, update
//! a checkpoint. Every other rule is here, once, for all stores.

mod balance;
mod error;
mod ownership;
mod partition;
mod plan;
mod store;
#[cfg(test)]
mod test_fleet;

pub use error::StoreError;
pub use ownership::{Checkpoint, Ownership};
pub use partition::partition_of;
pub use plan::{FleetView, Plan};
pub use store::{CheckpointStore, StoreFuture};
