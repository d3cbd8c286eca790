//! One file for each command.

pub(crate) mod add;
pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod drain;
pub(crate) mod import;
pub(crate) mod list;
mod nats;
pub(crate) mod remove;
pub(crate) mod run;
pub(crate) mod status;
