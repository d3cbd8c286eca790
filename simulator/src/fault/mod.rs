//! The fault layer: what can go wrong, and the list of what does.

mod answer;
mod check;
mod effects;
mod hex;
mod middleware;
mod model;
mod parse;
mod registry;
mod routes;
mod set;

pub(crate) use answer::answer;
pub(crate) use middleware::begin;
pub use model::{Action, Answer, Direction, Fault, Stage, Target, When};
pub use parse::InvalidFault;
pub(crate) use registry::Faults;
pub use registry::{FaultId, FaultStatus};
pub(crate) use routes::routes;
