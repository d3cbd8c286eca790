//! Several processes share the drives that drivebell follows.
//!
//! A [`CheckpointStore`] says who follows which drive, and how far each has come. It has the four calls
//! of the stores of Azure's event processors: claim ownership, list ownership, list checkpoints, update
//! a checkpoint. Every other rule is here, once, for all stores.

mod balance;
#[doc(hidden)]
pub mod contract;
#[cfg(test)]
mod contract_tests;
mod error;
mod follower;
mod keeper;
mod memory;
mod ownership;
mod partition;
mod plan;
mod shared;
mod sqlite;
mod store;
#[cfg(test)]
mod test_fleet;

pub use drivebell::SharedOptions;
pub use error::StoreError;
pub use follower::{
    Delivered, Delivery, DriveSource, DriveState, DriveStatus, FollowedDrive, Follower,
    FollowerOptions, Host,
};
pub use keeper::{Lease, LeaseChange, LeaseKeeper, LeaseOptions, LeaseView, WorkerLoad};
pub use memory::MemoryStore;
pub use ownership::{Checkpoint, Ownership};
pub use partition::{number_of_partition, partition_name, partition_number, partition_of};
pub use plan::{FleetView, Plan};
pub use shared::{SharedBatch, SharedChanges, SharedClient, SharedMembers};
pub use sqlite::SqliteStore;
pub use store::{CheckpointStore, StoreFuture};
