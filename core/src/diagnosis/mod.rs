//! The way from a token to a notification, step by step, to find out where it ends.

mod facts;
mod procedure;
mod trace;

pub use procedure::{Diagnosis, DiagnosisStep, Finding};
