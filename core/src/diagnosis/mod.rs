//! A diagnosis of the way from a token to a notification, step by step.

mod facts;
mod finding;
mod procedure;
mod trace;

pub use finding::{DiagnosisStep, Finding};
pub use procedure::Diagnosis;
