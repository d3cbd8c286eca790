//! A fault that was set, as the simulator reports it.

use std::fmt;

use serde::Serialize;

use super::model::Fault;

/// Identifies a fault that was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FaultId(u64);

impl FaultId {
    /// The id from the response to `POST /_simulator/faults`.
    pub fn new(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fault that was set, and its effect so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FaultStatus {
    /// Its id.
    pub id: FaultId,
    /// The fault as it was set.
    pub fault: Fault,
    /// How many connections, requests or URLs it has acted on.
    pub acted: u64,
    /// Whether it is used up and no longer affects any connection.
    pub done: bool,
}
