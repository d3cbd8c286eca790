//! The leases of one worker: [`handle`] is what its program holds, [`task`] keeps them, [`rounds`] has the
//! steps of a round, and [`liveness`] knows who is there.

mod handle;
mod lease;
mod liveness;
mod rounds;
mod task;
#[cfg(test)]
mod tests;

pub use handle::LeaseKeeper;
pub use lease::{Lease, LeaseChange, LeaseOptions, LeaseView, WorkerLoad};
