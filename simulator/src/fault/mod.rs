//! What can go wrong, as a test writes it.

mod check;
mod hex;
mod model;
mod parse;

pub use model::{Action, Answer, Direction, Fault, Stage, Target, When};
pub use parse::InvalidFault;
