//! What a request passes before its route: it is matched with the faults, and recorded.

mod answer;
mod faults;
mod record;

pub(crate) use answer::{FaultAnswer, answer};
pub(crate) use faults::begin;
pub(crate) use record::record;
