//! What the command prints.

pub(crate) mod json;
mod stdout;
pub(crate) mod style;
pub(crate) mod text;
pub(crate) mod time;

pub(crate) use stdout::Output;
