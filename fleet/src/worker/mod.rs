//! A worker: follows the drives of the partitions that it owns, and publishes what changes in them.
//!
//! [`start`] brings it up and down, [`roster`] knows the drives of the fleet, [`host`] publishes what the
//! follower of drivebell-store brings, [`clients`] has a client for each user, and [`view`] tells about all
//! of it.

mod clients;
mod host;
mod roster;
mod start;
mod view;

pub(crate) use start::run;
