//! The bucket `<name>-control`: what reaches every worker at once, budgets and pauses.

mod bucket;
mod follow;
mod nats;

pub use bucket::{BoxError, Control, ControlRecord, Written};
pub use follow::follow_control;
pub use nats::NatsControl;
