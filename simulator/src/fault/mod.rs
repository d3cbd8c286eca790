//! The model of a fault: what goes wrong, on which connections, and when.

mod action;
mod check;
mod hex;
mod invalid;
mod model;
mod parse;
mod status;

pub use action::{Action, Answer, Direction};
pub use invalid::InvalidFault;
pub use model::{Fault, Stage, Target, When};
pub use status::{FaultId, FaultStatus};
