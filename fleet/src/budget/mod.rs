//! What a worker may ask of Microsoft Graph: its part of each tenant's budget.
//!
//! Every worker knows all drives, so it computes its part by itself: the drives of the tenant that it
//! follows, out of all drives of the tenant. The parts of all workers are one whole, without a word
//! between them.

mod budgets;
mod limits;
mod records;
mod shares;

pub use budgets::{Attached, Budgets, TenantStatus};
pub use limits::Budget;
