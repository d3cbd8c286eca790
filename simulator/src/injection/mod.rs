//! Fault injection: the faults that are set, and what each does to the connections.

mod effects;
mod injector;

pub(crate) use injector::Faults;
pub use injector::{FaultId, FaultStatus};
