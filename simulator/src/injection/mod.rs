//! Fault injection: the faults that are set, and what they do to connections.

mod active_fault;
mod effects;
mod injector;

pub(crate) use injector::FaultInjector;
