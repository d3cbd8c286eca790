//! What every request passes on its way to its route.

mod answer;
mod faults;

pub(crate) use answer::answer;
pub(crate) use faults::begin;
