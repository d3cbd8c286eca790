//! Follows the drives of the partitions that this worker owns.
//!
//! [`partition`] takes a partition and gives it back, [`adoption`] takes a drive's checkpoint, [`lanes`]
//! delivers what changed and moves the checkpoint, and [`registry`] knows which drives are followed.

mod adoption;
#[expect(clippy::module_inception, reason = "the room's main file has its name")]
mod follower;
mod hold;
mod host;
mod lanes;
mod partition;
mod registry;
mod retry;

pub use follower::{Follower, FollowerOptions};
pub use host::{Delivered, Delivery, DriveSource, FollowedDrive, Host};
pub use registry::{DriveState, DriveStatus};
