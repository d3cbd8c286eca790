//! What the command prints: text for people, or JSON for programs.

mod format;
mod json;
mod json_line;
mod mirror;
mod sign_in;
mod stdout;
mod style;
mod text;
mod time;

pub(crate) use self::format::Format;
pub(crate) use self::json_line::JsonLine;
pub(crate) use self::mirror::Row;
pub(crate) use self::sign_in::Identity;
pub(crate) use self::stdout::Output;
pub(crate) use self::style::{Colour, Style};
pub(crate) use self::time::{to_milliseconds, to_seconds};
