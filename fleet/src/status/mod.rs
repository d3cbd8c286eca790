//! What the workers of a fleet are doing: each answers for itself, nobody keeps it.

mod drain;
mod gather;
mod respond;
mod view;

pub use self::drain::{DrainProgress, DrainResponder, Drained, drain};
pub use self::gather::{FleetStatus, gather};
pub use self::respond::{Responder, respond};
pub use self::view::{
    BudgetView, DriveCounts, DriveState, DriveView, DrivesWanted, LeaseView, NatsView, OutboxView,
    PauseView, TokenView, Views, WorkerState, WorkerView,
};

/// The subject on which all workers answer.
pub fn subject(fleet: &str) -> String {
    format!("{fleet}.status")
}
